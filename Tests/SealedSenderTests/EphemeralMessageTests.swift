import ByteLayout
import Primitives
import SealedSender
import SecretMemory
import TestSupport
import Testing

@Suite struct `Ephemeral messages` {
  private let randomness = SeededRandomness("ephemeral messages")
  private let sessionID: FixedBytes<16> = counting(from: 0x31)
  private let now: UInt64 = 1_790_000_000_000

  private func key(_ first: UInt8 = 1) throws -> SecretBytes {
    try SecretBytes(copying: (counting(from: first) as FixedBytes<32>).array)
  }

  private func seal(_ content: [UInt8] = [1, 2], at time: UInt64? = nil) throws -> [UInt8] {
    try EphemeralMessage.seal(
      key: try key(), sessionID: sessionID, unixMilliseconds: time ?? now, content: content, randomness: randomness)
  }

  private func open(
    _ message: [UInt8], key first: UInt8 = 1, sessionID other: FixedBytes<16>? = nil, at time: UInt64? = nil
  ) throws -> EphemeralMessage {
    try EphemeralMessage.open(
      message, key: try key(first), sessionID: other ?? sessionID, nowUnixMilliseconds: time ?? now)
  }

  @Test(arguments: [0, 1, 4_096, 57_344])
  func `a message opens to its content, time and nonce`(byteCount: Int) throws {
    let content = randomness.bytes(byteCount)
    let message = try seal(content)
    #expect(message.count == 65 + byteCount)
    #expect(try EphemeralMessage.sessionID(of: message) == sessionID)
    let opened = try open(message)
    #expect(opened.content == content)
    #expect(opened.unixMilliseconds == now)
    #expect(opened.nonce.array == [UInt8](message[17..<41]))
  }

  @Test func `two messages have two nonces, and one message always the same`() throws {
    let first = try seal()
    let second = try seal()
    #expect(try open(first).nonce != open(second).nonce)
    #expect(try open(first) == open(first))
  }

  @Test(arguments: [-60_000, -59_999, 0, 59_999, 60_000] as [Int64])
  func `a message within a minute is taken`(offset: Int64) throws {
    let message = try seal(at: UInt64(Int64(now) + offset))
    #expect(try open(message).content == [1, 2])
  }

  @Test func `a message older than a minute is refused`() throws {
    #expect(throws: EphemeralMessageError.tooOld) { try open(try seal(at: now - 60_001)) }
    #expect(throws: EphemeralMessageError.tooOld) { try open(try seal(at: 0)) }
    #expect(throws: EphemeralMessageError.tooOld) { try open(try seal(at: 0), at: .max) }
  }

  @Test func `a message from more than a minute ahead is refused`() throws {
    #expect(throws: EphemeralMessageError.fromTheFuture) { try open(try seal(at: now + 60_001)) }
    #expect(throws: EphemeralMessageError.fromTheFuture) { try open(try seal(at: .max)) }
    #expect(throws: EphemeralMessageError.fromTheFuture) { try open(try seal(at: .max), at: 0) }
  }

  @Test func `every changed byte is refused`() throws {
    let message = try seal()
    for index in message.indices {
      var changed = message
      changed[index] ^= 1
      #expect(throws: EphemeralMessageError.refused, "byte \(index)") { try open(changed) }
    }
  }

  @Test func `every shorter message is refused`() throws {
    let message = try seal()
    for count in message.indices {
      #expect(throws: EphemeralMessageError.refused, "\(count) bytes") { try open([UInt8](message[..<count])) }
    }
  }

  @Test func `the other direction's key and another session's are refused`() throws {
    let message = try seal()
    #expect(throws: EphemeralMessageError.refused) { try open(message, key: 2) }
    #expect(throws: EphemeralMessageError.refused) { try open(message, sessionID: counting(from: 0x32)) }
    // The session id is authenticated, not only compared.
    var moved = message
    moved.replaceSubrange(1..<17, with: (counting(from: 0x32) as FixedBytes<16>).array)
    #expect(throws: EphemeralMessageError.refused) { try open(moved, sessionID: counting(from: 0x32)) }
  }

  @Test func `an authentic message without room for its time is refused`() throws {
    let nonce: FixedBytes<24> = counting(from: 9)
    let ciphertext = try XChaCha20Poly1305.seal(
      [1, 2, 3, 4, 5, 6, 7], key: try key(), nonce: nonce,
      additionalData: [UInt8]("Sotto_Ephemeral_v1".utf8) + [0] + sessionID.array)
    #expect(throws: EphemeralMessageError.refused) { try open([1] + sessionID.array + nonce.array + ciphertext) }
  }

  @Test func `a content over 56 KiB is refused`() throws {
    #expect(throws: EphemeralMessageError.contentTooLong(limit: 57_344, actual: 57_345)) {
      try seal([UInt8](repeating: 0, count: 57_345))
    }
  }

  @Test func `a key of another length is the caller's mistake, not the peer's`() throws {
    let message = try seal()
    #expect(throws: EphemeralMessageError.primitive(.wrongByteCount(expected: 32, actual: 16))) {
      try EphemeralMessage.open(
        message, key: SecretBytes(copying: [UInt8](repeating: 1, count: 16)), sessionID: sessionID,
        nowUnixMilliseconds: now)
    }
  }
}
