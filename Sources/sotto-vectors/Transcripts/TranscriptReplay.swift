/// Does again what a transcript says, and compares every number.
///
/// The first number that differs ends it with a ``Difference``.
final class TranscriptReplay {
  /// How many events of a session were taken and how many refused, as the transcript wanted.
  struct Tally {
    var accepted = 0
    var refused = 0
  }

  let transcript: Transcript
  private(set) var comparisonCount = 0

  /// - Throws: ``Difference`` when the parameters are not the ones that this program is built with.
  init(_ transcript: Transcript) throws {
    self.transcript = transcript
    let (theirs, own) = (transcript.parameters, Transcript.Parameters.sotto)
    for (name, computed, expected) in [
      ("x3dh_info", own.x3dh_info, theirs.x3dh_info), ("root_info", own.root_info, theirs.root_info),
      ("msg_info", own.msg_info, theirs.msg_info),
    ] { try check(computed, expected, at: "parameters.\(name)") }
    for (name, computed, expected) in [
      ("key_type_x25519", own.key_type_x25519, theirs.key_type_x25519),
      ("key_type_ed25519", own.key_type_ed25519, theirs.key_type_ed25519),
      ("header_version", own.header_version, theirs.header_version), ("max_skip", own.max_skip, theirs.max_skip),
      ("max_stored", own.max_stored, theirs.max_stored),
    ] { try check(computed, expected, at: "parameters.\(name)") }
  }

  /// Replays the handshake and all events of one session.
  func replay(_ session: Transcript.Session) throws -> Tally {
    let handshake = HandshakeReplay(session: session, replay: self)
    let secrets = try handshake.run()
    let events = EventReplay(session: session, secrets: secrets, replay: self)
    return try events.run()
  }

  /// Replays everything; each event is a case.
  static func outcomes(of transcript: Transcript) throws -> [CaseOutcome] {
    var outcomes: [CaseOutcome] = []
    do {
      let replay = try TranscriptReplay(transcript)
      for session in transcript.sessions {
        let tally = try replay.replay(session)
        outcomes += [CaseOutcome](repeating: .accepted, count: tally.accepted)
        outcomes += [CaseOutcome](repeating: .refused, count: tally.refused)
      }
    } catch {
      outcomes.append(.failed(name: "replay", reason: "\(error)"))
    }
    return outcomes
  }

  /// The recorded draws of one purpose.
  func draws(for purpose: String) -> [[UInt8]] {
    transcript.randomness.filter { $0.for == purpose }.map(\.bytes.bytes)
  }

  /// Compares, and counts it.
  func check(_ computed: some CustomStringConvertible, _ expected: some CustomStringConvertible, at place: String)
    throws
  {
    comparisonCount += 1
    try Difference.check(computed, expected, at: place)
  }
}
