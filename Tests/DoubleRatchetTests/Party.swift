import ByteLayout
import DoubleRatchet
import Primitives
import SecretMemory
import Synchronization
import TestSupport
import Testing

/// One end of a conversation under test.
final class Party {
  private var state: RatchetState
  let randomness: QueuedRandomness
  var now: Int64 = 1_790_000_000

  init(_ state: consuming RatchetState, randomness: QueuedRandomness) {
    self.state = state
    self.randomness = randomness
  }

  var remoteKey: X25519PublicKey? { state.remoteKey }
  var ownKey: X25519PublicKey { state.ownKey }
  var hasReceived: Bool { state.hasReceived }
  var sendingNumber: UInt32? { state.sendingNumber }
  var receivingNumber: UInt32? { state.receivingNumber }
  var previousSendingCount: UInt32 { state.previousSendingCount }
  var skippedKeyCount: Int { state.skippedKeyCount }

  func send(_ text: String = "text") throws(RatchetError) -> RatchetMessage {
    try state.encrypt([UInt8](text.utf8))
  }

  func send(bytes: [UInt8]) throws(RatchetError) -> RatchetMessage {
    try state.encrypt(bytes)
  }

  /// Sends `count` messages.
  func sendMany(_ count: Int) throws(RatchetError) -> [RatchetMessage] {
    var messages: [RatchetMessage] = []
    for number in 0..<count { messages.append(try send("\(number)")) }
    return messages
  }

  @discardableResult
  func receive(_ message: RatchetMessage) throws(RatchetError) -> DecryptedMessage {
    try state.decrypt(message, at: now, randomness: randomness)
  }

  func text(of message: RatchetMessage) throws(RatchetError) -> String {
    String(decoding: try receive(message).plaintext, as: UTF8.self)
  }

  /// Why `message` is refused, or nil when it is not; a refusal that changes the state or draws randomness is recorded.
  func refusal(
    of message: RatchetMessage, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> RatchetError? {
    let before = try archiveBytes()
    let drawn = randomness.position
    do {
      try receive(message)
      return nil
    } catch {
      #expect(try archiveBytes() == before, "a refusal leaves the state as it was", sourceLocation: sourceLocation)
      #expect(randomness.position == drawn, "a refusal draws nothing", sourceLocation: sourceLocation)
      return error
    }
  }

  func discardSkippedKeys(olderThan unixSeconds: Int64) {
    state.discardSkippedKeys(olderThan: unixSeconds)
  }

  /// The archive as an array, for comparing.
  func archiveBytes() throws(RatchetError) -> [UInt8] {
    try state.archive().testBytes
  }

  /// Stores the state and goes on from what was stored.
  func reload() throws(RatchetError) {
    state = try RatchetState(archive: try state.archive())
  }

  /// Goes on from an archive made elsewhere.
  func load(_ archive: [UInt8]) throws {
    state = try RatchetState(archive: try SecretBytes(copying: archive))
  }

  func withState<Result: ~Copyable>(_ body: (borrowing RatchetState) throws -> Result) rethrows -> Result {
    try body(state)
  }
}

extension Party {
  static let associatedData = [UInt8]("associated data of both".utf8)

  /// An initiator and a responder that have done the same handshake.
  static func pair(_ seed: String = "ratchet") throws -> (alice: Party, bob: Party) {
    let common = SeededRandomness(seed)
    let sharedSecret = common.bytes(32)
    let signedPreKey = try X25519KeyPair(from: common)
    let aliceRandomness = QueuedRandomness(seed: seed + "/alice", count: 400)
    let alice = try RatchetState.initiator(
      sharedSecret: try SecretBytes(copying: sharedSecret), remoteKey: signedPreKey.publicKey,
      associatedData: associatedData, randomness: aliceRandomness)
    let bob = try RatchetState.responder(
      sharedSecret: try SecretBytes(copying: sharedSecret), ownKeyPair: signedPreKey, associatedData: associatedData)
    return (
      Party(alice, randomness: aliceRandomness),
      Party(bob, randomness: QueuedRandomness(seed: seed + "/bob", count: 400))
    )
  }

  /// A pair in which both have received.
  static func acquaintedPair(_ seed: String = "ratchet") throws -> (alice: Party, bob: Party) {
    let (alice, bob) = try pair(seed)
    try bob.receive(try alice.send())
    try alice.receive(try bob.send())
    return (alice, bob)
  }
}

/// Hands out 32-byte values in order. The position can be read and set, as a replay needs it.
final class QueuedRandomness: Randomness {
  private let values: [[UInt8]]
  private let index = Mutex(0)

  init(_ values: [[UInt8]]) {
    self.values = values
  }

  convenience init(seed: String, count: Int) {
    let seeded = SeededRandomness(seed)
    self.init((0..<count).map { _ in seeded.bytes(32) })
  }

  var position: Int {
    get { index.withLock { $0 } }
    set { index.withLock { $0 = newValue } }
  }

  func next() -> [UInt8] {
    let taken = index.withLock { index in
      index += 1
      return index - 1
    }
    precondition(taken < values.count, "the queue has a value for every draw")
    return values[taken]
  }

  func fill(_ bytes: inout MutableRawSpan) {
    let value = next()
    precondition(bytes.byteCount == value.count, "the ratchet draws 32 bytes at a time")
    for index in value.indices { bytes.storeBytes(of: value[index], toByteOffset: index, as: UInt8.self) }
  }
}

extension SecretBytes {
  /// The bytes as an array: for comparing in tests.
  var testBytes: [UInt8] {
    withBytes { span in span.withUnsafeBytes { [UInt8]($0) } }
  }
}

extension RatchetMessage {
  /// The message with one byte of its header or ciphertext changed.
  ///
  /// - Throws: what parsing the changed header throws.
  func tampered(at index: Int, xor mask: UInt8) throws(RatchetError) -> RatchetMessage {
    var bytes = header.bytes + ciphertext
    bytes[index] ^= mask
    return RatchetMessage(
      header: try RatchetHeader(bytes.prefix(RatchetHeader.byteCount)),
      ciphertext: [UInt8](bytes.dropFirst(RatchetHeader.byteCount)))
  }

  var byteCount: Int { RatchetHeader.byteCount + ciphertext.count }

  /// The message under another header.
  func with(ratchetKey: FixedBytes<32>? = nil, previousCount: UInt32? = nil, number: UInt32? = nil) throws
    -> RatchetMessage
  {
    var writer = LayoutWriter()
    writer.uint8(RatchetHeader.version)
    writer.append(ratchetKey ?? header.ratchetKey.bytes)
    writer.uint32(previousCount ?? header.previousCount)
    writer.uint32(number ?? header.number)
    return RatchetMessage(header: try RatchetHeader(writer.bytes), ciphertext: ciphertext)
  }
}
