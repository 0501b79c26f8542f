import ByteLayout
import CSodium
package import SecretMemory
package import Verification

/// An Ed25519 signing key made from a 32-byte seed (RFC 8032).
package struct Ed25519SigningKey: ~Copyable, Sendable {
  /// libsodium's form: seed ‖ public key, 64 bytes.
  private let seedAndPublicKey: SecretBytes

  package let verifyingKey: VerifyingKey

  /// Makes a new key from 32 random bytes.
  package init(from randomness: some Randomness) throws(PrimitiveError) {
    try self.init(seed: try randomness.secret(byteCount: 32))
  }

  /// Expands a seed of 32 bytes.
  package init(seed: borrowing SecretBytes) throws(PrimitiveError) {
    guard seed.byteCount == 32 else { throw .wrongByteCount(expected: 32, actual: seed.byteCount) }
    try Library.start()
    var publicKey = [UInt8](repeating: 0, count: 32)
    seedAndPublicKey = try seed.withBytes { seed throws(PrimitiveError) in
      try SecretBytes(byteCount: 64, wrapping: PrimitiveError.secretMemory) { output throws(PrimitiveError) in
        let result = unsafe output.withUnsafeMutableBytes { output in
          unsafe seed.withUnsafeBytes { seed -> Int32 in
            guard let output = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self),
              let seed = unsafe seed.baseAddress?.assumingMemoryBound(to: UInt8.self)
            else { return -1 }
            return unsafe crypto_sign_seed_keypair(&publicKey, output, seed)
          }
        }
        guard result == 0 else { throw .libraryUnusable }
      }
    }
    verifyingKey = VerifyingKey(FixedBytes<32>(libraryOutput: publicKey))
  }

  /// The deterministic signature over `message`, 64 bytes.
  package borrowing func signature(for message: [UInt8]) throws(PrimitiveError) -> Signature {
    var signature = [UInt8](repeating: 0, count: 64)
    let result = seedAndPublicKey.withBytes { key in
      unsafe key.withUnsafeBytes { key -> Int32 in
        guard let key = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return -1 }
        return unsafe crypto_sign_detached(&signature, nil, message, UInt64(message.count), key)
      }
    }
    guard result == 0 else { throw .libraryUnusable }
    return Signature(FixedBytes<64>(libraryOutput: signature))
  }

  /// Sign(key, label, body) of C0: the signature over label ‖ 0x00 ‖ body.
  package borrowing func signature(
    label: String, body: some Sequence<UInt8>
  ) throws(PrimitiveError) -> Signature {
    try signature(for: SignedMessage.bytes(label: label, body: body))
  }

  /// The X25519 form of this key (`crypto_sign_ed25519_sk_to_curve25519`): what a device key agrees with.
  package borrowing func agreementKeyPair() throws(PrimitiveError) -> X25519KeyPair {
    let scalar = try seedAndPublicKey.withBytes { key throws(PrimitiveError) in
      try SecretBytes(byteCount: 32, wrapping: PrimitiveError.secretMemory) { output throws(PrimitiveError) in
        let result = unsafe output.withUnsafeMutableBytes { output in
          unsafe key.withUnsafeBytes { key -> Int32 in
            guard let output = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self),
              let key = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self)
            else { return -1 }
            return unsafe crypto_sign_ed25519_sk_to_curve25519(output, key)
          }
        }
        guard result == 0 else { throw .libraryUnusable }
      }
    }
    return try X25519KeyPair(scalar: scalar)
  }

  /// SHA-256 of a signature that nobody sees, 32 bytes: what randomness is hedged with (RFC 8937).
  ///
  /// - Parameter label: one under which nothing is ever signed for others.
  borrowing func secretHash(ofSignatureUnder label: String) throws(PrimitiveError) -> SecretBytes {
    let message = SignedMessage.bytes(label: label, body: [])
    let signature = try seedAndPublicKey.withBytes { key throws(PrimitiveError) in
      try SecretBytes(byteCount: 64, wrapping: PrimitiveError.secretMemory) { output throws(PrimitiveError) in
        let result = unsafe output.withUnsafeMutableBytes { output in
          unsafe key.withUnsafeBytes { key -> Int32 in
            guard let output = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self),
              let key = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self)
            else { return -1 }
            return unsafe crypto_sign_detached(output, nil, message, UInt64(message.count), key)
          }
        }
        guard result == 0 else { throw .libraryUnusable }
      }
    }
    return try signature.withBytes { signature throws(PrimitiveError) in
      try SecretBytes(byteCount: 32, wrapping: PrimitiveError.secretMemory) { output throws(PrimitiveError) in
        let result = unsafe output.withUnsafeMutableBytes { output in
          unsafe signature.withUnsafeBytes { signature -> Int32 in
            guard let output = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self),
              let signature = unsafe signature.baseAddress?.assumingMemoryBound(to: UInt8.self)
            else { return -1 }
            return unsafe crypto_hash_sha256(output, signature, 64)
          }
        }
        guard result == 0 else { throw .libraryUnusable }
      }
    }
  }

  /// A copy of the seed, 32 bytes: for the vault and the recovery string, and nothing else.
  package borrowing func seed() throws(PrimitiveError) -> SecretBytes {
    do { return try seedAndPublicKey.slice(0..<32) } catch { throw .secretMemory(error) }
  }
}

extension VerifyingKey {
  /// The X25519 form of this key (`crypto_sign_ed25519_pk_to_curve25519`); as dear as a Diffie–Hellman, so keep it.
  ///
  /// - Throws: ``PrimitiveError/invalidPoint`` for points of small or mixed order and for what is no point.
  package func agreementKey() throws(PrimitiveError) -> X25519PublicKey {
    try Library.start()
    var converted = [UInt8](repeating: 0, count: 32)
    guard unsafe crypto_sign_ed25519_pk_to_curve25519(&converted, bytes.array) == 0 else { throw .invalidPoint }
    return X25519PublicKey(computed: FixedBytes<32>(libraryOutput: converted))
  }
}

extension FixedBytes {
  /// Takes what libsodium wrote into a buffer of exactly `count` bytes.
  init(libraryOutput bytes: [UInt8]) {
    self.init()
    for index in 0..<count { self[index] = bytes[index] }
  }
}
