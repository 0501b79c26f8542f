import DoubleRatchet
import Primitives

/// Conversations of suite 3: epochs in order and in disorder, and what is refused.
enum TripleRatchetVectors {
  static func accepted(_ randomness: SeedRandomness) throws -> [TripleRatchetCase] {
    [
      try Script("two epochs, everything in order", randomness).talk(rounds: 44).end(),
      try Script("units as they fit: none, one, a few, as many as a message takes", randomness)
        .alice(reserve: 31).alice(reserve: 32).alice(reserve: 100).alice(reserve: 60_000).deliverAll(to: .bob)
        .talk(rounds: 26, reserve: 96).end(),
      try Script("messages of an epoch that is over, and of the one before it", randomness)
        .talk(rounds: 1).alice().talk(rounds: 23).alice().talk(rounds: 22).deliverAll(to: .bob).end(),
      try Script("the last units come first, and half of all messages are lost", randomness)
        .alice().alice().alice().deliver(2, to: .bob).deliver(0, to: .bob).deliver(1, to: .bob)
        .talk(rounds: 40, losing: true).end(),
      try Script("one side talks for long before the other answers", randomness)
        .alice().alice().alice().alice().alice().alice().alice().alice().alice().alice().alice().alice()
        .deliverAll(to: .bob).talk(rounds: 12).end(),
    ]
  }

  static func rejected(_ randomness: SeedRandomness) throws -> [TripleRatchetCase] {
    func begun(_ comment: String, rounds: Int = 2) throws -> Script {
      try Script(comment, randomness).talk(rounds: rounds).alice()
    }
    return [
      try begun("a bit of a unit").refused(.authenticationFailure) { $1[20] ^= 1 },
      try begun("the tag").refused(.authenticationFailure) { $1[$1.count - 1] ^= 1 },
      try begun("the next epoch, which is not agreed on yet").refused(.wrongEpoch) { header, _ in header[44] &+= 1 },
      try begun("the epoch before", rounds: 23).refused(.wrongEpoch) { header, _ in header[44] &-= 1 },
      try begun("an epoch far ahead").refused(.wrongEpoch) { header, _ in header[41] = 0x80 },
      try begun("another number in the epoch").refused(.wrongEpoch) { header, _ in header[48] &+= 1 },
      try begun("the number that no message has").refused(.malformed) { header, _ in
        header.replaceSubrange(45..<49, with: [0xff, 0xff, 0xff, 0xff])
      },
      try begun("another number in the chain than the epoch knows of").refused(.wrongEpoch) { header, _ in
        header[40] &+= 1
      },
      try begun("a header of suite 2").refused(.authenticationFailure) { header, _ in
        header = [1] + header[1..<41]
      },
      try begun("a header that is cut").refused(.malformed) { header, _ in header.removeLast() },
      try begun("a header that is too long").refused(.malformed) { header, _ in header.append(0) },
      try begun("a message that was read").deliverAll(to: .bob).refusedAgain(.duplicate),
      try Script("epoch 1 in the first message", randomness).alice().refused(.wrongEpoch) { header, _ in header[44] = 1
      },
    ]
  }
}

/// Makes a conversation step by step, and writes it down.
private final class Script {
  private var conversation: TripleRatchetCase
  private var pair: TripleRatchetCase.Pair
  private let randomness: SeedRandomness
  /// What each side has sent, and the numbers of what has not come.
  private var sent: [TripleRatchetCase.Side: [TripleRatchetCase.Event.Sent]] = [.alice: [], .bob: []]
  private var underWay: [TripleRatchetCase.Side: [Int]] = [.alice: [], .bob: []]

  init(_ comment: String, _ randomness: SeedRandomness) throws {
    func draw(_ name: String) -> HexBytes { HexBytes(randomness.bytes(32, for: "\(comment)/\(name)")) }
    conversation = TripleRatchetCase(
      comment: comment, expect: .success, shared_secret: draw("shared secret"), signed_prekey: draw("signed prekey"),
      associated_data: HexBytes(randomness.bytes(98, for: "\(comment)/associated data")), alice_draws: [],
      bob_draws: [], events: [])
    pair = try TripleRatchetCase.Pair(conversation, alice: randomness.source(for: "\(comment)/alice"))
    self.randomness = randomness
  }

  func alice(reserve: Int = 600) throws -> Script { try sending(.alice, reserve: reserve) }

  private func sending(_ side: TripleRatchetCase.Side, reserve: Int) throws -> Script {
    let number = sent[side]?.count ?? 0
    let plaintext = [UInt8]("\(side.rawValue) \(number)".utf8)
    let message = try pair.encrypt(side, plaintext, reserve: reserve)
    let event = TripleRatchetCase.Event.Sent(
      plaintext: HexBytes(plaintext), reserve: reserve, header: HexBytes(message.header.bytes),
      ciphertext: HexBytes(message.ciphertext))
    sent[side]?.append(event)
    underWay[side]?.append(number)
    conversation.events.append(.init(who: side, send: event, state_sha256: try pair.digest(side)))
    return self
  }

  func deliver(_ number: Int, to side: TripleRatchetCase.Side) throws -> Script {
    guard let message = sent[side.other]?[number] else { return self }
    underWay[side.other]?.removeAll { $0 == number }
    _ = try pair.decrypt(
      side,
      RatchetMessage(header: try RatchetHeader(message.header.bytes), ciphertext: message.ciphertext.bytes),
      at: TripleRatchetCase.now, randomness.source(for: "\(conversation.comment)/\(side.rawValue)"))
    conversation.events.append(.init(who: side, receive: number, state_sha256: try pair.digest(side)))
    return self
  }

  func deliverAll(to side: TripleRatchetCase.Side) throws -> Script {
    for number in underWay[side.other] ?? [] { _ = try deliver(number, to: side) }
    return self
  }

  /// Each sends and the other receives; a message that was sent before stays under way.
  func talk(rounds: Int, reserve: Int = 600, losing: Bool = false) throws -> Script {
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

  func refusedAgain(_ expect: Expectation) throws -> TripleRatchetCase {
    try refused(expect) { _, _ in }
  }
}
