import CSodium

/// The libsodium calls that a Double Ratchet must make, and nothing around them: what `sotto-bench ratchet` races.
///
/// The state is plain memory that is neither locked nor checked nor wiped, buffers are made once, the header is not
/// parsed, and a decryption overwrites the state. An HMAC key that serves twice is prepared once.
private final class RatchetFloor {
  typealias Bytes = UnsafeMutablePointer<UInt8>

  private static let associatedDataByteCount = 98
  private static let headerByteCount = 41
  private static let rootLabel = [UInt8]("Sotto_DR_Root_v1".utf8)
  private static let messageLabel = [UInt8]("Sotto_DR_Message_v1".utf8)

  private let root = Bytes.allocate(capacity: 32)
  private let scalar = Bytes.allocate(capacity: 32)
  private let publicKey = Bytes.allocate(capacity: 32)
  private let remoteKey = Bytes.allocate(capacity: 32)
  private let sending = Bytes.allocate(capacity: 32)
  private let receiving = Bytes.allocate(capacity: 32)
  private let messageKey = Bytes.allocate(capacity: 32)
  private let output = Bytes.allocate(capacity: 64)
  private let block = Bytes.allocate(capacity: 64)
  private let pseudorandomKey = Bytes.allocate(capacity: 32)
  private let shared = Bytes.allocate(capacity: 32)
  private let additionalData: Bytes
  private var zeroSalt = crypto_auth_hmacsha256_state()
  private var number: UInt32 = 0

  /// One side; both begin with the same root and a key pair of their own.
  init() {
    additionalData = Bytes.allocate(capacity: 4 + Self.associatedDataByteCount + Self.headerByteCount)
    additionalData.initialize(repeating: 6, count: 4 + Self.associatedDataByteCount + Self.headerByteCount)
    root.initialize(repeating: 1, count: 32)
    sending.initialize(repeating: 0, count: 32)
    receiving.initialize(repeating: 0, count: 32)
    remoteKey.initialize(repeating: 0, count: 32)
    let zeros = [UInt8](repeating: 0, count: 32)
    crypto_auth_hmacsha256_init(&zeroSalt, zeros, 32)
    makeKeyPair()
  }

  deinit {
    for bytes in [
      root, scalar, publicKey, remoteKey, sending, receiving, messageKey, output, block, pseudorandomKey, shared,
      additionalData,
    ] { bytes.deallocate() }
  }

  /// What an initiator does: takes the other side's key and makes its first sending chain.
  func begin(with other: RatchetFloor) -> Bool {
    remoteKey.update(from: other.publicKey, count: 32)
    return stepRoot(sending)
  }

  /// Writes the 41 bytes of the header and the ciphertext.
  func encrypt(_ plaintext: [UInt8], to message: Bytes) {
    step(sending)
    message[0] = 1
    (message + 1).update(from: publicKey, count: 32)
    for index in 0..<4 {
      message[33 + index] = 0
      message[37 + index] = UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * index))
    }
    number += 1
    authenticate(header: message)
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      message + Self.headerByteCount, nil, plaintext, UInt64(plaintext.count), additionalData,
      UInt64(4 + Self.associatedDataByteCount + Self.headerByteCount), nil, output + 32, output)
  }

  /// Reads what the other side's `encrypt` wrote; a new key makes a Diffie–Hellman step.
  func decrypt(_ message: Bytes, byteCount: Int, to plaintext: Bytes) -> Bool {
    if sodium_memcmp(message + 1, remoteKey, 32) != 0 {
      remoteKey.update(from: message + 1, count: 32)
      guard stepRoot(receiving) else { return false }
      makeKeyPair()
      guard stepRoot(sending) else { return false }
      number = 0
    }
    step(receiving)
    authenticate(header: message)
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
      plaintext, nil, nil, message + Self.headerByteCount, UInt64(byteCount - Self.headerByteCount), additionalData,
      UInt64(4 + Self.associatedDataByteCount + Self.headerByteCount), output + 32, output) == 0
  }

  private func authenticate(header: Bytes) {
    (additionalData + 4 + Self.associatedDataByteCount).update(from: header, count: Self.headerByteCount)
  }

  private func makeKeyPair() {
    randombytes_buf(scalar, 32)
    crypto_scalarmult_base(publicKey, scalar)
  }

  /// KDF_CK and the expansion of the message key to `output`.
  private func step(_ chain: Bytes) {
    var keyed = crypto_auth_hmacsha256_state()
    crypto_auth_hmacsha256_init(&keyed, chain, 32)
    code(keyed, byte: 1, to: messageKey)
    code(keyed, byte: 2, to: chain)
    derive(salt: zeroSalt, from: messageKey, Self.messageLabel)
  }

  /// KDF_RK: the root moves on, and a new chain begins.
  private func stepRoot(_ chain: Bytes) -> Bool {
    guard crypto_scalarmult(shared, scalar, remoteKey) == 0 else { return false }
    var salt = crypto_auth_hmacsha256_state()
    crypto_auth_hmacsha256_init(&salt, root, 32)
    derive(salt: salt, from: shared, Self.rootLabel)
    root.update(from: output, count: 32)
    chain.update(from: output + 32, count: 32)
    return true
  }

  private func code(_ keyed: crypto_auth_hmacsha256_state, byte: UInt8, to output: Bytes) {
    var state = keyed
    var byte = byte
    crypto_auth_hmacsha256_update(&state, &byte, 1)
    crypto_auth_hmacsha256_final(&state, output)
  }

  /// HKDF of 32 bytes to two blocks.
  private func derive(salt: crypto_auth_hmacsha256_state, from material: Bytes, _ label: [UInt8]) {
    var state = salt
    crypto_auth_hmacsha256_update(&state, material, 32)
    crypto_auth_hmacsha256_final(&state, pseudorandomKey)
    var keyed = crypto_auth_hmacsha256_state()
    crypto_auth_hmacsha256_init(&keyed, pseudorandomKey, 32)
    for counter in 1...2 as ClosedRange<UInt8> {
      var state = keyed
      var counter = counter
      if counter > 1 { crypto_auth_hmacsha256_update(&state, output, 32) }
      crypto_auth_hmacsha256_update(&state, label, UInt64(label.count))
      crypto_auth_hmacsha256_update(&state, &counter, 1)
      crypto_auth_hmacsha256_final(&state, block)
      (output + 32 * Int(counter - 1)).update(from: block, count: 32)
    }
  }
}

/// Both sides of the bare calls.
final class RatchetFloorPair {
  private let left = RatchetFloor()
  private let right = RatchetFloor()
  private let message: UnsafeMutablePointer<UInt8>
  private let plaintext: UnsafeMutablePointer<UInt8>
  private var isLeftSending = true

  init(maximumByteCount: Int) throws {
    guard sodium_init() >= 0 else { throw RatchetBenchError.libraryUnusable }
    message = .allocate(capacity: maximumByteCount + 57)
    plaintext = .allocate(capacity: maximumByteCount + 1)
    guard left.begin(with: right) else { throw RatchetBenchError.libraryUnusable }
    for _ in 0..<4 { try exchange([], isPingPong: true) }
  }

  deinit {
    message.deallocate()
    plaintext.deallocate()
  }

  func exchange(_ bytes: [UInt8], isPingPong: Bool) throws {
    (isLeftSending ? left : right).encrypt(bytes, to: message)
    guard (isLeftSending ? right : left).decrypt(message, byteCount: bytes.count + 57, to: plaintext) else {
      throw RatchetBenchError.bareCallsDisagree
    }
    if isPingPong { isLeftSending.toggle() }
  }
}
