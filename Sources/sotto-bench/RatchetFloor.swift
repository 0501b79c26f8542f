import CSodium
import Crypto

/// The library calls that a Double Ratchet must make, with the second chain of suite 3 if wanted, and nothing around them: what
/// `sotto-bench ratchet` races.
///
/// The state is plain memory that is neither locked nor checked nor wiped, buffers are made once, the header is not
/// parsed, and a decryption overwrites the state. An HMAC key that serves twice is prepared once.
private final class RatchetFloor {
  typealias Bytes = UnsafeMutablePointer<UInt8>

  private static let associatedDataByteCount = 98
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
  private let isPostQuantum: Bool
  /// Of the epoch, one for each direction; both begin the same.
  private let epochSending = Bytes.allocate(capacity: 32)
  private let epochReceiving = Bytes.allocate(capacity: 32)
  let headerByteCount: Int
  private var zeroSalt = crypto_auth_hmacsha256_state()
  private var number: UInt32 = 0

  /// One side; both begin with the same root and a key pair of their own.
  init(isPostQuantum: Bool) {
    self.isPostQuantum = isPostQuantum
    headerByteCount = isPostQuantum ? 49 : 41
    epochSending.initialize(repeating: 2, count: 32)
    epochReceiving.initialize(repeating: 2, count: 32)
    additionalData = Bytes.allocate(capacity: 4 + Self.associatedDataByteCount + headerByteCount)
    additionalData.initialize(repeating: 6, count: 4 + Self.associatedDataByteCount + headerByteCount)
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
      epochSending, epochReceiving, root, scalar, publicKey, remoteKey, sending, receiving, messageKey, output, block,
      pseudorandomKey, shared,
      additionalData,
    ] { bytes.deallocate() }
  }

  /// What an initiator does: takes the other side's key and makes its first sending chain.
  func begin(with other: RatchetFloor) -> Bool {
    remoteKey.update(from: other.publicKey, count: 32)
    return stepRoot(sending)
  }

  /// Writes the 41 or 49 bytes of the header and the ciphertext.
  func encrypt(_ plaintext: [UInt8], to message: Bytes) {
    step(sending, epochSending)
    message[0] = 1
    (message + 1).update(from: publicKey, count: 32)
    for index in 0..<4 {
      message[33 + index] = 0
      message[37 + index] = UInt8(truncatingIfNeeded: number >> UInt32(24 - 8 * index))
    }
    if isPostQuantum { (message + 41).update(repeating: 0, count: 8) }
    number += 1
    authenticate(header: message)
    crypto_aead_xchacha20poly1305_ietf_encrypt(
      message + headerByteCount, nil, plaintext, UInt64(plaintext.count), additionalData,
      UInt64(4 + Self.associatedDataByteCount + headerByteCount), nil, output + 32, output)
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
    step(receiving, epochReceiving)
    authenticate(header: message)
    return crypto_aead_xchacha20poly1305_ietf_decrypt(
      plaintext, nil, nil, message + headerByteCount, UInt64(byteCount - headerByteCount), additionalData,
      UInt64(4 + Self.associatedDataByteCount + headerByteCount), output + 32, output) == 0
  }

  private func authenticate(header: Bytes) {
    (additionalData + 4 + Self.associatedDataByteCount).update(from: header, count: headerByteCount)
  }

  private func makeKeyPair() {
    randombytes_buf(scalar, 32)
    crypto_scalarmult_base(publicKey, scalar)
  }

  /// KDF_CK and the expansion of the message key to `output`; with the epoch's chain as salt, which goes on too, in suite 3.
  private func step(_ chain: Bytes, _ epochChain: Bytes) {
    var keyed = crypto_auth_hmacsha256_state()
    crypto_auth_hmacsha256_init(&keyed, chain, 32)
    code(keyed, byte: 1, to: messageKey)
    code(keyed, byte: 2, to: chain)
    guard isPostQuantum else { return derive(salt: zeroSalt, from: messageKey, Self.messageLabel) }
    crypto_auth_hmacsha256_init(&keyed, epochChain, 32)
    derive(salt: keyed, from: messageKey, Self.messageLabel)
    code(keyed, byte: 2, to: epochChain)
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

/// Both sides of the bare calls. In suite 3 a message has four units of 32 bytes and their prefix in front, and in ping-pong twenty
/// of them share the ML-KEM operations of an epoch.
final class RatchetFloorPair {
  private static let unitsByteCount = 2 + 4 * 32
  private static let messagesOfEpoch = 20

  private let left: RatchetFloor
  private let right: RatchetFloor
  private let message: UnsafeMutablePointer<UInt8>
  private let plaintext: UnsafeMutablePointer<UInt8>
  private let isPostQuantum: Bool
  private var isLeftSending = true
  private var count = 0

  init(maximumByteCount: Int, isPostQuantum: Bool) throws {
    guard sodium_init() >= 0 else { throw RatchetBenchError.libraryUnusable }
    self.isPostQuantum = isPostQuantum
    left = RatchetFloor(isPostQuantum: isPostQuantum)
    right = RatchetFloor(isPostQuantum: isPostQuantum)
    message = .allocate(capacity: maximumByteCount + Self.unitsByteCount + 65)
    plaintext = .allocate(capacity: maximumByteCount + Self.unitsByteCount)
    guard left.begin(with: right) else { throw RatchetBenchError.libraryUnusable }
    for _ in 0..<4 { try exchange([], isPingPong: true) }
  }

  deinit {
    message.deallocate()
    plaintext.deallocate()
  }

  func exchange(_ bytes: [UInt8], isPingPong: Bool) throws {
    let bytes = isPostQuantum ? [UInt8](repeating: 0, count: Self.unitsByteCount) + bytes : bytes
    let (sender, receiver) = isLeftSending ? (left, right) : (right, left)
    sender.encrypt(bytes, to: message)
    guard receiver.decrypt(message, byteCount: bytes.count + sender.headerByteCount + 16, to: plaintext) else {
      throw RatchetBenchError.bareCallsDisagree
    }
    guard isPingPong else { return }
    isLeftSending.toggle()
    count += 1
    if isPostQuantum, count % Self.messagesOfEpoch == 0 { try turnEpoch() }
  }

  private func turnEpoch() throws {
    let pair = try MLKEM768.PrivateKey()
    let key = try MLKEM768.PublicKey(rawRepresentation: pair.publicKey.rawRepresentation)
    _ = try pair.decapsulate(key.encapsulate().encapsulated)
  }
}
