import ArgumentParser
import FoundationEssentials

/// `sotto-vectors explain FILE`
struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show how the values of a vector file come about, step by step; exits 1 where they do not.",
    discussion:
      "Of transcripts every derived value, of the other families their fields and, of some, what lies between.")

  @Argument(help: "A transcript, or a file of cases.")
  var file: String

  @Option(help: "Only the session or the case whose name or comment has this in it.")
  var only: String?

  func run() throws {
    do {
      let data = try VectorFolder.contents(of: file)
      if let transcript = try? Transcript(decoding: data) {
        for session in transcript.sessions where isWanted(session.name) {
          print(try TranscriptExplanation.lines(session).joined(separator: "\n"), terminator: "\n\n")
        }
      } else {
        try VectorFamilies.explain(data) { isWanted($0) }
      }
    } catch let difference as Difference {
      print("difference: \(difference)")
      throw ExitCode(1)
    } catch {
      print("cannot explain \(file): \(error)")
      throw ExitCode(1)
    }
  }

  private func isWanted(_ name: String) -> Bool { only.map { name.contains($0) } ?? true }
}

extension VectorFamilies {
  /// Prints the cases of a file: their fields, what lies between, and what becomes of them.
  fileprivate static func explain(_ data: Data, isWanted: (String) -> Bool) throws {
    let cases = try cases(data)
    for one in cases where isWanted(one.comment) {
      var explanation = Explanation()
      explanation.heading("\(type(of: one).family): \(one.comment)")
      for line in try VectorEncoding.lines(one) { explanation.remark(line) }
      if let explained = one as? any ExplainedCase {
        do { try explained.explain(in: &explanation) } catch let difference as Difference {
          throw difference
        } catch {
          explanation.remark("refused at the next step: \(Expectation(classOf: error)?.rawValue ?? "\(error)")")
        }
      }
      switch one.outcome() {
      case .accepted: explanation.remark("→ accepted, every number came out")
      case .refused: explanation.remark("→ refused, as it must be: \(one.expect.rawValue)")
      case .failed(_, let reason): throw Difference(place: one.comment, computed: reason, expected: one.expect.rawValue)
      }
      print(explanation.lines.joined(separator: "\n"), terminator: "\n\n")
    }
  }
}
