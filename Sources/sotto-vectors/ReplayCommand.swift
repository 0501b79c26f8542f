import ArgumentParser

/// `sotto-vectors replay FILE`
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Replay a transcript byte for byte; exits 1 at the first difference and names it.")

  @Argument(help: "A transcript: parameters, randomness and sessions with their events.")
  var file: String

  func run() throws {
    do {
      let transcript = try Transcript(decoding: try VectorFolder.contents(of: file))
      let replay = try TranscriptReplay(transcript)
      for session in transcript.sessions {
        let tally = try replay.replay(session)
        print("\(session.name): \(session.events.count) events, \(tally.refused) of them refusals")
      }
      print("\(replay.comparisonCount) comparisons, all equal")
    } catch let difference as Difference {
      print("difference: \(difference)")
      throw ExitCode(1)
    } catch {
      print("cannot replay \(file): \(error)")
      throw ExitCode(1)
    }
  }
}
