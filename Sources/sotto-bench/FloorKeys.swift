import CSodium

/// An Ed25519 key in plain memory.
struct FloorSigningKey {
  let secret: [UInt8]
  let publicKey: [UInt8]

  init() {
    var secret = [UInt8](repeating: 0, count: 64)
    var publicKey = [UInt8](repeating: 0, count: 32)
    crypto_sign_keypair(&publicKey, &secret)
    self.secret = secret
    self.publicKey = publicKey
  }

  func signature(of message: [UInt8]) -> [UInt8] {
    var signature = [UInt8](repeating: 0, count: 64)
    crypto_sign_detached(&signature, nil, message, UInt64(message.count), secret)
    return signature
  }

  func verify(_ signature: [UInt8], of message: [UInt8]) throws {
    guard crypto_sign_verify_detached(signature, message, UInt64(message.count), publicKey) == 0 else {
      throw RatchetBenchError.bareCallsDisagree
    }
  }
}

/// An X25519 key pair in plain memory.
struct FloorKeyPair {
  let scalar: [UInt8]
  let point: [UInt8]

  init() {
    var scalar = [UInt8](repeating: 0, count: 32)
    var point = [UInt8](repeating: 0, count: 32)
    randombytes_buf(&scalar, 32)
    crypto_scalarmult_base(&point, scalar)
    self.scalar = scalar
    self.point = point
  }

  static func agree(_ scalar: [UInt8], _ point: [UInt8]) throws -> [UInt8] {
    var shared = [UInt8](repeating: 0, count: 32)
    guard crypto_scalarmult(&shared, scalar, point) == 0 else { throw RatchetBenchError.bareCallsDisagree }
    return shared
  }
}

/// Hashes and derivations in plain memory.
enum FloorKDF {
  static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var hash = [UInt8](repeating: 0, count: 32)
    crypto_hash_sha256(&hash, bytes, UInt64(bytes.count))
    return hash
  }

  static func code(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    var state = crypto_auth_hmacsha256_state()
    var code = [UInt8](repeating: 0, count: 32)
    crypto_auth_hmacsha256_init(&state, key, key.count)
    crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
    crypto_auth_hmacsha256_final(&state, &code)
    return code
  }

  /// HKDF-SHA-256.
  static func derive(salt: [UInt8], from material: [UInt8], _ label: String, count: Int) -> [UInt8] {
    let key = code(material, key: salt)
    var output: [UInt8] = []
    var block: [UInt8] = []
    while output.count < count {
      block = code(block + Array(label.utf8) + [UInt8(output.count / 32 + 1)], key: key)
      output += block
    }
    return Array(output.prefix(count))
  }

  /// One step of a chain, and the expansion of its message key to 56 bytes.
  static func messageKey(_ chain: [UInt8]) -> [UInt8] {
    _ = code([2], key: chain)
    return derive(salt: [UInt8](repeating: 0, count: 32), from: code([1], key: chain), "message", count: 56)
  }
}
