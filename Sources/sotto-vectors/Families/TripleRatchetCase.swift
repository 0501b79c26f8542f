import DoubleRatchet
import Primitives
import SecretMemory
import Verification

/// A conversation of suite 3 (Protocol §6a): what each side sends, in what order it comes, and both states after each step.
///
/// A refused case ends with the message that is refused. A state is shown as the SHA-256 of its archive.
struct TripleRatchetCase: VectorCase {
  static let family = "triple-ratchet"
  static let now: Int64 = 1_790_000_000

  enum Side: String, Codable, Hashable {
    case alice, bob
    var other: Side { self == .alice ? .bob : .alice }
  }

  /// Alice is the initiator.
  struct Event: Codable, Hashable {
    let who: Side
    /// A message is sent; what the other side reads of it has the same number.
    var send: Sent?
    /// The number of the other side's message that comes here, from 0.
    var receive: Int?
    /// What comes in the place of that message.
    var header: HexBytes?
    var ciphertext: HexBytes?
    /// Of ``who`` after the event.
    var state_sha256: HexBytes

    struct Sent: Codable, Hashable {
      let plaintext: HexBytes
      let reserve: Int
      let header: HexBytes
      let ciphertext: HexBytes
    }
  }

  var comment: String
  var expect: Expectation
  let shared_secret: HexBytes
  let signed_prekey: HexBytes
  let associated_data: HexBytes
  /// What each side draws, in order: 64 bytes for a KEM key pair, 32 for a ratchet key or an encapsulation.
  var alice_draws: [HexBytes]
  var bob_draws: [HexBytes]
  var events: [Event]

  func perform() throws {
    let randomness = [
      Side.alice: ScriptedRandomness(alice_draws.map(\.bytes)), .bob: ScriptedRandomness(bob_draws.map(\.bytes)),
    ]
    var pair = try Pair(self, alice: randomness[.alice] ?? ScriptedRandomness([]))
    var sent: [Side: [Event.Sent]] = [:]
    for (index, event) in events.enumerated() {
      if let message = event.send {
        let made = try pair.encrypt(event.who, message.plaintext.bytes, reserve: message.reserve)
        try Difference.check(HexBytes(made.header.bytes), message.header, at: "events[\(index)].header")
        try Difference.check(HexBytes(made.ciphertext), message.ciphertext, at: "events[\(index)].ciphertext")
        sent[event.who, default: []].append(message)
      } else if let number = event.receive, let original = sent[event.who.other]?[number] {
        let before = try pair.digest(event.who)
        let message: RatchetMessage
        do {
          message = RatchetMessage(
            header: try RatchetHeader((event.header ?? original.header).bytes),
            ciphertext: (event.ciphertext ?? original.ciphertext).bytes)
          let plaintext = try pair.decrypt(
            event.who, message, at: Self.now, randomness[event.who] ?? ScriptedRandomness([]))
          try Difference.check(HexBytes(plaintext), original.plaintext, at: "events[\(index)].plaintext")
        } catch let error as RatchetError {
          try Difference.check(try pair.digest(event.who), before, at: "events[\(index)], the state after a refusal")
          try Difference.check(before, event.state_sha256, at: "events[\(index)].state_sha256")
          throw error
        }
      }
      try Difference.check(try pair.digest(event.who), event.state_sha256, at: "events[\(index)].state_sha256")
    }
    for (side, source) in randomness where source.isExhausted || source.leftCount > 0 {
      throw Difference(
        place: "\(side.rawValue)_draws", computed: "\(source.drawCount) draws", expected: "\(source.leftCount) more")
    }
  }

  /// Both ends, which are made by the case's first bytes.
  struct Pair: ~Copyable {
    private var alice: RatchetState
    private var bob: RatchetState

    init(_ conversation: TripleRatchetCase, alice randomness: some Randomness) throws {
      let prekey = try conversation.signed_prekey.keyPair()
      let alice = try RatchetState.initiator(
        sharedSecret: try conversation.shared_secret.secret(), remoteKey: prekey.publicKey,
        associatedData: conversation.associated_data.bytes, isPostQuantum: true, randomness: randomness)
      bob = try RatchetState.responder(
        sharedSecret: try conversation.shared_secret.secret(), ownKeyPair: prekey,
        associatedData: conversation.associated_data.bytes, isPostQuantum: true)
      self.alice = alice
    }

    mutating func encrypt(_ side: Side, _ plaintext: [UInt8], reserve: Int) throws -> RatchetMessage {
      switch side {
      case .alice: try alice.encrypt(plaintext, reserve: reserve)
      case .bob: try bob.encrypt(plaintext, reserve: reserve)
      }
    }

    mutating func decrypt(
      _ side: Side, _ message: RatchetMessage, at now: Int64, _ randomness: some Randomness
    ) throws -> [UInt8] {
      switch side {
      case .alice: try alice.decrypt(message, at: now, randomness: randomness).plaintext
      case .bob: try bob.decrypt(message, at: now, randomness: randomness).plaintext
      }
    }

    func digest(_ side: Side) throws -> HexBytes {
      let archive = HexBytes(revealing: side == .alice ? try alice.archive() : try bob.archive())
      return HexBytes(ContentHash.sha256(archive.bytes))
    }

    var epoch: UInt32 { min(alice.postQuantumEpoch ?? 0, bob.postQuantumEpoch ?? 0) }
  }
}
