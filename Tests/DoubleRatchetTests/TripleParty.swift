import ByteLayout
import DoubleRatchet
import Primitives
import SecretMemory
import Synchronization
import TestSupport
import Testing

/// One end of a conversation of suite 3.
final class TripleParty {
  /// More than a fragment can have.
  static let ample = 600
  static let associatedData = [UInt8]("associated data of both".utf8)

  private var state: RatchetState
  let randomness: CountedRandomness
  var now: Int64 = 1_790_000_000

  init(_ state: consuming RatchetState, randomness: CountedRandomness) {
    self.state = state
    self.randomness = randomness
  }

  static func pair(_ seed: String = "triple") throws -> (alice: TripleParty, bob: TripleParty) {
    let common = SeededRandomness(seed)
    let sharedSecret = common.bytes(32)
    let signedPrekey = try X25519KeyPair(from: common)
    let randomness = CountedRandomness(seed + "/alice")
    let alice = try RatchetState.initiator(
      sharedSecret: try SecretBytes(copying: sharedSecret), remoteKey: signedPrekey.publicKey,
      associatedData: associatedData, isPostQuantum: true, randomness: randomness)
    let bob = try RatchetState.responder(
      sharedSecret: try SecretBytes(copying: sharedSecret), ownKeyPair: signedPrekey, associatedData: associatedData,
      isPostQuantum: true)
    return (
      TripleParty(alice, randomness: randomness), TripleParty(bob, randomness: CountedRandomness(seed + "/bob"))
    )
  }

  var epoch: UInt32 { state.postQuantumEpoch ?? .max }
  var skippedKeyCount: Int { state.skippedKeyCount }

  func send(_ text: String = "text", reserve: Int = ample) throws(RatchetError) -> RatchetMessage {
    try state.encrypt([UInt8](text.utf8), reserve: reserve)
  }

  @discardableResult
  func receive(_ message: RatchetMessage) throws(RatchetError) -> String {
    String(decoding: try state.decrypt(message, at: now, randomness: randomness).plaintext, as: UTF8.self)
  }

  /// Why `message` is refused, or nil when it is not; a refusal that changes the state is recorded.
  func refusal(
    of message: RatchetMessage, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> RatchetError? {
    let before = try view().bytes
    let drawn = randomness.drawn
    do {
      try receive(message)
      return nil
    } catch {
      #expect(try view().bytes == before, "a refusal leaves the state as it was", sourceLocation: sourceLocation)
      #expect(randomness.drawn == drawn, "a refusal draws nothing", sourceLocation: sourceLocation)
      return error
    }
  }

  func view() throws -> TripleArchive { try TripleArchive(try state.archive().testBytes) }

  func load(_ archive: [UInt8]) throws { state = try RatchetState(archive: try SecretBytes(copying: archive)) }

  func reload() throws { try load(view().bytes) }
}

/// Seeded bytes, how often any were asked for, and the library's own encapsulations.
final class CountedRandomness: Randomness {
  private let seeded: SeededRandomness
  private let count = Mutex(0)

  init(_ seed: String) { seeded = SeededRandomness(seed) }

  var drawn: Int { count.withLock { $0 } }

  func fill(_ bytes: inout MutableRawSpan) {
    count.withLock { $0 += 1 }
    seeded.fill(&bytes)
  }
}

/// An archive of suite 3, taken apart: what somebody has who reads a state.
struct TripleArchive {
  let bytes: [UInt8]
  let phase: UInt8
  let root: [UInt8]
  let sendingKey: [UInt8]
  let sendingNumber: UInt32
  let receivingKey: [UInt8]
  /// Which units have come, in the phases that collect.
  let received: UInt64?
  /// Where the Double Ratchet's part begins: the version byte and the post-quantum part are before it.
  let classicalStart: Int
  /// CKs; only of a state that can send.
  let classicalSendingKey: [UInt8]?

  static let keyStart = 2 + 4 + 32

  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    var reader = LayoutReader(bytes)
    try reader.expect(0x02, field: "version")
    phase = try reader.uint8()
    _ = try reader.uint32()
    root = [UInt8](try reader.bytes(32))
    sendingKey = [UInt8](try reader.bytes(32))
    sendingNumber = try reader.uint32()
    receivingKey = [UInt8](try reader.bytes(32))
    _ = try reader.uint32()
    switch phase {
    case 0:
      _ = try reader.bytes(64 + 1_184 + 1)
      received = try reader.uint64()
    case 1:
      _ = try reader.bytes(32)
      received = nil
    case 2: received = try reader.uint64()
    default:
      _ = try reader.bytes(1_088 + 1 + 64)
      received = nil
    }
    if let received { _ = try reader.bytes(32 * received.nonzeroBitCount) }
    classicalStart = bytes.count - reader.rest().count
    var classical = LayoutReader([UInt8](bytes[classicalStart...]))
    let classicalPhase = try classical.uint8()
    _ = try classical.bytes(Int(try classical.uint32()))
    _ = try classical.bytes(96)
    if classicalPhase > 0 { _ = try classical.bytes(32) }
    classicalSendingKey = classicalPhase > 0 ? [UInt8](try classical.bytes(32)) : nil
  }

  /// The Double Ratchet's part of this state, and the post-quantum part of another.
  func with(postQuantumPartOf other: TripleArchive) -> [UInt8] {
    [UInt8](other.bytes[..<other.classicalStart]) + [UInt8](bytes[classicalStart...])
  }

  /// What this state would send next, computed by the equations alone: header, and what is encrypted under it.
  func handMade(_ header: RatchetHeader, decrypted: [UInt8]) throws -> RatchetMessage {
    func secret(_ bytes: [UInt8]) throws -> SecretBytes { try SecretBytes(copying: bytes) }
    let messageKey = try HMACSHA256.secret([0x01], key: try secret(try #require(classicalSendingKey)))
    let derived = try HKDFSHA256.derive(
      salt: sendingKey, inputKeyMaterial: messageKey, info: [UInt8]("Sotto_DR_Message_v1".utf8), byteCount: 56)
    var data = LayoutWriter()
    data.uint32(UInt32(TripleParty.associatedData.count))
    data.append(TripleParty.associatedData)
    data.append(header.bytes)
    return RatchetMessage(
      header: header,
      ciphertext: try XChaCha20Poly1305.seal(decrypted, keyAndNonce: derived, additionalData: data.bytes))
  }
}

extension RatchetMessage {
  /// The message with other bytes in its header.
  func changing(_ change: (inout [UInt8]) -> Void) throws(RatchetError) -> RatchetMessage {
    var bytes = header.bytes
    change(&bytes)
    return RatchetMessage(header: try RatchetHeader(bytes), ciphertext: ciphertext)
  }
}
