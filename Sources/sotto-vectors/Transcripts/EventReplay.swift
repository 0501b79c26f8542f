import ByteLayout
import DoubleRatchet
import SecretMemory
import Verification

/// Does the events of a session again on two ratchets.
final class EventReplay {
  private struct SentMessage {
    let header: [UInt8]
    let ciphertext: [UInt8]
    let plaintext: [UInt8]
  }

  private struct End {
    let ratchet: TranscriptEnd
    let randomness: ScriptedRandomness
  }

  private let session: Transcript.Session
  private let secrets: TranscriptEnd.Secrets
  private let replay: TranscriptReplay
  private var sent: [String: SentMessage] = [:]
  /// The event that is being replayed.
  private var place = ""

  init(session: Transcript.Session, secrets: TranscriptEnd.Secrets, replay: TranscriptReplay) {
    self.session = session
    self.secrets = secrets
    self.replay = replay
  }

  func run() throws -> TranscriptReplay.Tally {
    var tally = TranscriptReplay.Tally()
    let ends = (alice: end(.alice), bob: end(.bob))
    for (index, event) in session.events.enumerated() {
      let tamper = event.tamper.map { ", tamper \($0)" } ?? ""
      place = "session \(session.name), event \(index): \(event.who.rawValue) \(event.op.rawValue) \(event.id)\(tamper)"
      let end = event.who == .alice ? ends.alice : ends.bob
      switch event.op {
      case .send: try send(event, end)
      case .recv: try receive(event, end)
      }
      try check(end.randomness.isExhausted, false, "more randomness drawn than recorded")
      try checkState(of: end, event.state_after.value)
      if event.result == .error { tally.refused += 1 } else { tally.accepted += 1 }
    }
    for (side, end) in [("alice", ends.alice), ("bob", ends.bob)] {
      try replay.check(end.randomness.leftCount, 0, at: "session \(session.name), draws of \(side) left over")
    }
    return tally
  }

  private func end(_ side: Transcript.Side) -> End {
    let randomness = ScriptedRandomness(replay.draws(for: "\(session.name)/\(side.rawValue)/ratchet"))
    return End(ratchet: TranscriptEnd(side, secrets, randomness: randomness), randomness: randomness)
  }

  // MARK: - Sending

  private func send(_ event: Transcript.Event, _ end: End) throws {
    let plaintext =
      event.plaintext?.bytes ?? Transcript.Event.generatedPlaintext(byteCount: event.pt_len ?? 0)
    if let count = event.pt_len { try check(plaintext.count, count, "pt_len") }
    let message = try end.ratchet.send(plaintext)
    let header = message.header.bytes
    try check(HexBytes(header), event.header?.description ?? "(missing)", "header")
    if let aad = event.aad {
      let computed = RatchetAssociatedData(secrets.associatedData).additionalData(for: message.header)
      try check(HexBytes(computed), aad, "aad")
    }
    if let digest = event.ciphertext_sha256 {
      try check(HexBytes(ContentHash.sha256(message.ciphertext)), digest, "ciphertext_sha256")
    } else {
      try check(HexBytes(message.ciphertext), event.ciphertext?.value?.description ?? "(missing)", "ciphertext")
    }
    sent[event.id] = SentMessage(header: header, ciphertext: message.ciphertext, plaintext: plaintext)
  }

  // MARK: - Receiving

  private func receive(_ event: Transcript.Event, _ end: End) throws {
    guard let original = sent[event.id] else {
      throw Difference(place: "\(place): id", computed: "no such message was sent", expected: event.id)
    }
    let arrived = try arrived(event, original)
    let archiveBefore = try end.ratchet.archive()
    let drawsBefore = end.randomness.drawCount
    var failure: (any Error)?
    do {
      let plaintext = try end.ratchet.receive(
        header: arrived.header, ciphertext: arrived.ciphertext, inOtherSession: event.tamper == "ad")
      try check(HexBytes(plaintext), HexBytes(original.plaintext), "plaintext")
    } catch let difference as Difference {
      throw difference
    } catch {
      failure = error
    }
    let computed = failure.map { "error (\($0))" } ?? "ok"
    guard let result = event.result else {
      throw Difference(place: "\(place): result", computed: computed, expected: "(missing)")
    }
    try check(failure == nil, result == .ok, "result, is ok; computed \(computed)")
    guard let failure else { return }
    try checkClass(of: failure, event.error)
    try check(end.randomness.drawCount, drawsBefore, "draws for a refused message")
    // Not only what a transcript shows: the archive, byte for byte.
    try check(
      TranscriptEnd.Archive.areEqual(archiveBefore, try end.ratchet.archive()), true,
      "the archive is unchanged by a refusal")
  }

  /// What came instead of the message that was sent.
  private func arrived(
    _ event: Transcript.Event, _ original: SentMessage
  ) throws -> (header: [UInt8], ciphertext: [UInt8]) {
    guard let tamper = event.tamper else { return (original.header, original.ciphertext) }
    let printed = (header: event.header?.bytes, ciphertext: event.ciphertext?.value?.bytes)
    guard let known = KnownTamper(rawValue: tamper) else {
      return (printed.header ?? original.header, printed.ciphertext ?? original.ciphertext)
    }
    let computed = known.applied(
      header: original.header, ciphertext: original.ciphertext, arrivedHeader: printed.header)
    if let header = printed.header { try check(HexBytes(computed.header), HexBytes(header), "header that arrives") }
    // Long ciphertexts are not printed.
    if let ciphertext = printed.ciphertext {
      try check(HexBytes(computed.ciphertext), HexBytes(ciphertext), "ciphertext that arrives")
    }
    return computed
  }

  // MARK: - Comparing

  private func checkState(of end: End, _ expected: Transcript.State?) throws {
    let computed = try end.ratchet.state()
    try check(computed == nil ? "null" : "a state", expected == nil ? "null" : "a state", "state_after")
    guard let computed, let expected else { return }
    for (left, right) in zip(computed.fields, expected.fields) {
      try check(left.value, right.value, "state_after.\(left.name)")
    }
  }

  /// The file's name of a refusal is held against what refused here, as far as the name is known.
  private func checkClass(of failure: any Error, _ name: String?) throws {
    guard let name, let expected = Expectation(rawValue: name) ?? Self.classes[name] else { return }
    try check(Expectation(classOf: failure)?.rawValue ?? "\(failure)", expected.rawValue, "error (\(name))")
  }

  /// How the implementation that made the first transcripts calls its refusals.
  private static let classes: [String: Expectation] = [
    "AuthenticationFailedException": .authenticationFailure, "DuplicateMessageException": .duplicate,
    "DoSProtectionException": .tooManySkipped, "ValueError": .smallOrderKey,
  ]

  private func check(
    _ computed: some CustomStringConvertible, _ expected: some CustomStringConvertible, _ field: String
  ) throws {
    try replay.check(computed, expected, at: "\(place): \(field)")
  }
}
