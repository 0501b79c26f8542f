import ByteLayout
import DoubleRatchet
import Primitives
import SecretMemory

/// The Double Ratchet written down as plainly as possible: arrays, a list of skipped keys, everything computed on a copy.
///
/// It shares the primitives with the real one and nothing else. For comparing only: its keys lie in ordinary memory.
struct PlainRatchet {
  struct Refused: Error {}

  struct Skipped {
    var key: [UInt8]
    var number: UInt32
    var storedAt: Int64
    var messageKey: [UInt8]
  }

  var associatedData: [UInt8]
  var rootKey: [UInt8]
  var scalar: [UInt8]
  var remoteKey: [UInt8]?
  var sendingKey: [UInt8]?
  var receivingKey: [UInt8]?
  var sent: UInt32 = 0
  var received: UInt32 = 0
  var previous: UInt32 = 0
  var skipped: [Skipped] = []
  let random: QueuedRandomness

  init(initiator secret: [UInt8], remoteKey: [UInt8], associatedData: [UInt8], random: QueuedRandomness) throws {
    self.associatedData = associatedData
    self.random = random
    rootKey = secret
    self.remoteKey = remoteKey
    scalar = random.next()
    sendingKey = try stepRoot(with: remoteKey)
  }

  init(responder secret: [UInt8], scalar: [UInt8], associatedData: [UInt8], random: QueuedRandomness) {
    self.associatedData = associatedData
    self.random = random
    rootKey = secret
    self.scalar = scalar
  }

  mutating func encrypt(_ plaintext: [UInt8]) throws -> (header: [UInt8], ciphertext: [UInt8]) {
    guard let chain = sendingKey else { throw Refused() }
    let header = [1] + (try publicKey()) + previous.bigEndianBytes + sent.bigEndianBytes
    let (key, nonce) = try Self.keyAndNonce(Self.hmac(chain, 1))
    let ciphertext = try XChaCha20Poly1305.seal(
      plaintext, key: SecretBytes(copying: key), nonce: FixedBytes<24>(nonce), additionalData: additionalData(header))
    sendingKey = try Self.hmac(chain, 2)
    sent += 1
    return (header, ciphertext)
  }

  /// Decrypts on a copy and keeps the copy when nothing was thrown.
  mutating func decrypt(header: [UInt8], ciphertext: [UInt8], at time: Int64) throws -> [UInt8] {
    var copy = self
    let position = random.position
    do {
      let plaintext = try copy.decryptInPlace(header: header, ciphertext: ciphertext, at: time)
      self = copy
      return plaintext
    } catch {
      random.position = position
      throw Refused()
    }
  }

  private mutating func decryptInPlace(header: [UInt8], ciphertext: [UInt8], at time: Int64) throws -> [UInt8] {
    guard header.count == 41, header[0] == 1 else { throw Refused() }
    let key = [UInt8](header[1..<33])
    let previousCount = UInt32(bigEndianBytes: header[33..<37])
    let number = UInt32(bigEndianBytes: header[37..<41])
    let messageKey: [UInt8]
    if let index = skipped.firstIndex(where: { $0.key == key && $0.number == number && time - $0.storedAt <= 3_888_000 }
    ) {
      messageKey = skipped.remove(at: index).messageKey
    } else {
      if key != remoteKey {
        try skip(to: previousCount, at: time)
        (previous, sent, received, remoteKey) = (sent, 0, 0, key)
        receivingKey = try stepRoot(with: key)
        scalar = random.next()
        sendingKey = try stepRoot(with: key)
      }
      guard number >= received, receivingKey != nil else { throw Refused() }
      try skip(to: number, at: time)
      guard let chain = receivingKey else { throw Refused() }
      messageKey = try Self.hmac(chain, 1)
      receivingKey = try Self.hmac(chain, 2)
      received += 1
    }
    let (aeadKey, nonce) = try Self.keyAndNonce(messageKey)
    let plaintext = try XChaCha20Poly1305.open(
      ciphertext, key: SecretBytes(copying: aeadKey), nonce: FixedBytes<24>(nonce),
      additionalData: additionalData(header))
    skipped.removeAll { time - $0.storedAt > 3_888_000 }
    return plaintext
  }

  private mutating func skip(to count: UInt32, at time: Int64) throws {
    guard let remoteKey, receivingKey != nil, count > received else { return }
    guard count - received <= 1_000 else { throw Refused() }
    while received < count, let chain = receivingKey {
      skipped.append(Skipped(key: remoteKey, number: received, storedAt: time, messageKey: try Self.hmac(chain, 1)))
      if skipped.count > 2_000 { skipped.removeFirst() }
      receivingKey = try Self.hmac(chain, 2)
      received += 1
    }
  }

  /// Mixes the Diffie–Hellman of the own scalar with `key` into the root; the result is a chain key.
  private mutating func stepRoot(with key: [UInt8]) throws -> [UInt8] {
    let pair = try X25519KeyPair(scalar: SecretBytes(copying: scalar))
    let shared = try pair.sharedSecret(with: X25519PublicKey(validating: FixedBytes<32>(key))).testBytes
    let output = try HKDFSHA256.derive(
      salt: rootKey, inputKeyMaterial: SecretBytes(copying: shared), info: [UInt8]("Sotto_DR_Root_v1".utf8),
      byteCount: 64
    ).testBytes
    rootKey = [UInt8](output[..<32])
    return [UInt8](output[32...])
  }

  private func publicKey() throws -> [UInt8] {
    try X25519KeyPair(scalar: SecretBytes(copying: scalar)).publicKey.bytes.array
  }

  private func additionalData(_ header: [UInt8]) -> [UInt8] {
    UInt32(associatedData.count).bigEndianBytes + associatedData + header
  }

  private static func hmac(_ key: [UInt8], _ byte: UInt8) throws -> [UInt8] {
    HMACSHA256.code([byte], key: try SecretBytes(copying: key)).array
  }

  private static func keyAndNonce(_ messageKey: [UInt8]) throws -> (key: [UInt8], nonce: [UInt8]) {
    let output = try HKDFSHA256.derive(
      salt: [UInt8](repeating: 0, count: 32), inputKeyMaterial: SecretBytes(copying: messageKey),
      info: [UInt8]("Sotto_DR_Message_v1".utf8), byteCount: 56
    ).testBytes
    return ([UInt8](output[..<32]), [UInt8](output[32...]))
  }

  /// The archive that the real ratchet must have in this state.
  func archive() throws -> [UInt8] {
    var bytes: [UInt8] = [1, remoteKey == nil ? 0 : receivingKey == nil ? 1 : 2]
    bytes += UInt32(associatedData.count).bigEndianBytes + associatedData
    bytes += rootKey + scalar + (try publicKey())
    guard let remoteKey, let sendingKey else { return bytes }
    bytes += remoteKey + sendingKey + sent.bigEndianBytes
    guard let receivingKey else { return bytes }
    bytes += previous.bigEndianBytes + receivingKey + received.bigEndianBytes
    bytes += UInt16(skipped.count).bigEndianBytes
    for entry in skipped {
      bytes += entry.key + entry.number.bigEndianBytes + entry.storedAt.bigEndianBytes + entry.messageKey
    }
    return bytes
  }
}

extension FixedWidthInteger {
  var bigEndianBytes: [UInt8] {
    stride(from: Self.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: self >> $0) }
  }

  init(bigEndianBytes bytes: some Sequence<UInt8>) {
    self = bytes.reduce(0) { $0 << 8 | Self(truncatingIfNeeded: $1) }
  }
}
