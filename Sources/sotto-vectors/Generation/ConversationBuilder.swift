import DoubleRatchet
import Primitives

/// Makes a conversation step by step, and writes it down.
final class ConversationBuilder {
  private var conversation: TripleRatchetCase
  private var pair: TripleRatchetCase.Pair
  private let randomness: SeedRandomness
  /// What each side has sent, and the numbers of what has not come.
  private var sent: [TripleRatchetCase.Side: [TripleRatchetCase.Event.Sent]] = [.alice: [], .bob: []]
  private var underWay: [TripleRatchetCase.Side: [Int]] = [.alice: [], .bob: []]

  /// On the secrets of a handshake.
  init(
    _ comment: String, sharedSecret: HexBytes, signedPrekey: HexBytes, associatedData: HexBytes,
    _ randomness: SeedRandomness
  ) throws {
    conversation = TripleRatchetCase(
      comment: comment, expect: .success, shared_secret: sharedSecret, signed_prekey: signedPrekey,
      associated_data: associatedData, alice_draws: [], bob_draws: [], events: [])
    pair = try TripleRatchetCase.Pair(conversation, alice: randomness.source(for: "\(comment)/alice"))
    self.randomness = randomness
  }

  /// On secrets of its own.
  convenience init(_ comment: String, _ randomness: SeedRandomness) throws {
    func draw(_ name: String, _ byteCount: Int = 32) -> HexBytes {
      HexBytes(randomness.bytes(byteCount, for: "\(comment)/\(name)"))
    }
    try self.init(
      comment, sharedSecret: draw("shared secret"), signedPrekey: draw("signed prekey"),
      associatedData: draw("associated data", 98), randomness)
  }

  /// The epoch in which both have received.
  var epoch: UInt32 { pair.epoch }

  func alice(reserve: Int = 600) throws -> ConversationBuilder { try sending(.alice, reserve: reserve) }

  func sending(
    _ side: TripleRatchetCase.Side, _ text: String? = nil, reserve: Int
  ) throws -> ConversationBuilder {
    let number = sent[side]?.count ?? 0
    let plaintext = [UInt8]((text ?? "\(side.rawValue) \(number)").utf8)
    let message = try pair.encrypt(side, plaintext, reserve: reserve)
    let event = TripleRatchetCase.Event.Sent(
      plaintext: HexBytes(plaintext), reserve: reserve, header: HexBytes(message.header.bytes),
      ciphertext: HexBytes(message.ciphertext))
    sent[side]?.append(event)
    underWay[side]?.append(number)
    conversation.events.append(.init(who: side, send: event, state_sha256: try pair.digest(side)))
    return self
  }

  func deliver(_ number: Int, to side: TripleRatchetCase.Side) throws -> ConversationBuilder {
    guard let message = sent[side.other]?[number] else { return self }
    underWay[side.other]?.removeAll { $0 == number }
    _ = try pair.decrypt(
      side,
      RatchetMessage(header: try RatchetHeader(message.header.bytes), ciphertext: message.ciphertext.bytes),
      at: TripleRatchetCase.now, randomness.source(for: "\(conversation.comment)/\(side.rawValue)"))
    conversation.events.append(.init(who: side, receive: number, state_sha256: try pair.digest(side)))
    return self
  }

  func deliverAll(to side: TripleRatchetCase.Side) throws -> ConversationBuilder {
    for number in underWay[side.other] ?? [] { _ = try deliver(number, to: side) }
    return self
  }

  /// Each sends and the other receives; a message that was sent before stays under way.
  func talk(rounds: Int, reserve: Int = 600, losing: Bool = false) throws -> ConversationBuilder {
    for _ in 0..<rounds {
      for side in [TripleRatchetCase.Side.alice, .bob] {
        if losing { _ = try sending(side, reserve: reserve) }
        _ = try sending(side, reserve: reserve)
        _ = try deliver((sent[side]?.count ?? 1) - 1, to: side.other)
      }
    }
    return self
  }

  func end() -> TripleRatchetCase {
    conversation.alice_draws = draws(of: .alice)
    conversation.bob_draws = draws(of: .bob)
    return conversation
  }

  private func draws(of side: TripleRatchetCase.Side) -> [HexBytes] {
    randomness.draws.filter { $0.for == "\(conversation.comment)/\(side.rawValue)" }.map(\.bytes)
  }

  /// Alice's last message comes to Bob, changed.
  func refused(
    _ expect: Expectation, _ change: (inout [UInt8], inout [UInt8]) -> Void
  ) throws -> TripleRatchetCase {
    guard let last = sent[.alice]?.last, let number = sent[.alice]?.count else { return end() }
    var (header, ciphertext) = (last.header.bytes, last.ciphertext.bytes)
    change(&header, &ciphertext)
    conversation.expect = expect
    conversation.events.append(
      .init(
        who: .bob, receive: number - 1, header: HexBytes(header), ciphertext: HexBytes(ciphertext),
        state_sha256: try pair.digest(.bob)))
    return end()
  }

  /// A message comes changed, and then the conversation goes on.
  func refusing(
    _ number: Int, to side: TripleRatchetCase.Side, _ change: (inout [UInt8], inout [UInt8]) -> Void
  ) throws -> ConversationBuilder {
    guard let message = sent[side.other]?[number] else { return self }
    var (header, ciphertext) = (message.header.bytes, message.ciphertext.bytes)
    change(&header, &ciphertext)
    do {
      let changed = RatchetMessage(header: try RatchetHeader(header), ciphertext: ciphertext)
      _ = try pair.decrypt(side, changed, at: TripleRatchetCase.now, randomness.source(for: "refused"))
    } catch is RatchetError {
      conversation.events.append(
        .init(
          who: side, receive: number, header: HexBytes(header), ciphertext: HexBytes(ciphertext),
          state_sha256: try pair.digest(side)))
      return self
    }
    throw SessionBuilder.ScriptError.wasAccepted("\(number)")
  }

  func refusedAgain(_ expect: Expectation) throws -> TripleRatchetCase {
    try refused(expect) { _, _ in }
  }
}
