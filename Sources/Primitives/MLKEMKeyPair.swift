import Crypto
package import SecretMemory

/// An ML-KEM key pair (FIPS 203), kept as its seed d ‖ z of 64 bytes.
///
/// The library computes on ordinary memory: while a key is made or a secret decapsulated, the seed and the expanded key
/// are there as well, and freed afterwards, not wiped by the library. Programs that hold keys overwrite what they free
/// (`WipingFree`).
package struct MLKEMKeyPair: ~Copyable, Sendable {
  package let publicKey: MLKEMPublicKey
  private let seed: SecretBytes

  /// Makes a new pair from 64 random bytes.
  package init(_ parameters: MLKEMParameters, from randomness: some Randomness) throws(PrimitiveError) {
    try self.init(parameters, seed: try randomness.secret(byteCount: MLKEMParameters.seedByteCount))
  }

  /// Takes a seed d ‖ z of 64 bytes and computes the public key.
  package init(_ parameters: MLKEMParameters, seed: consuming SecretBytes) throws(PrimitiveError) {
    publicKey = try PrivateKey(parameters, seed: seed).publicKey
    self.seed = seed
  }

  /// Takes a seed and the public key that was computed from it before, as they come out of an archive: computes nothing.
  package init(_ parameters: MLKEMParameters, archivedSeed seed: consuming SecretBytes, publicKey: [UInt8]) {
    self.publicKey = MLKEMPublicKey(computed: publicKey, parameters)
    self.seed = seed
  }

  /// The shared secret of a ciphertext, 32 bytes.
  ///
  /// A ciphertext that was not made for this key gives another, unpredictable secret and no error (implicit rejection):
  /// only the authenticated encryption under it tells.
  ///
  /// - Throws: ``PrimitiveError/wrongByteCount(expected:actual:)`` for a ciphertext of the other parameter set.
  package borrowing func decapsulate(_ ciphertext: MLKEMCiphertext) throws(PrimitiveError) -> SecretBytes {
    guard ciphertext.parameters == publicKey.parameters else {
      throw .wrongByteCount(expected: publicKey.parameters.ciphertextByteCount, actual: ciphertext.bytes.count)
    }
    return try PrivateKey(publicKey.parameters, seed: seed).decapsulate(ciphertext.bytes)
  }

  /// Lends the seed, 64 bytes: for sealed archives and nothing else.
  package borrowing func withSeed<Result: ~Copyable, Failure: Error>(
    _ body: (borrowing SecretBytes) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(seed)
  }
}

/// The library's private key, alive for one computation.
private enum PrivateKey {
  case mlKEM768(MLKEM768.PrivateKey)
  case mlKEM1024(MLKEM1024.PrivateKey)

  init(_ parameters: MLKEMParameters, seed: borrowing SecretBytes) throws(PrimitiveError) {
    guard seed.byteCount == MLKEMParameters.seedByteCount else {
      throw .wrongByteCount(expected: MLKEMParameters.seedByteCount, actual: seed.byteCount)
    }
    do {
      self = try seed.withBytes { seed in
        try unsafe seed.withUnsafeBytes { seed in
          switch parameters {
          case .mlKEM768: .mlKEM768(try unsafe MLKEM768.PrivateKey(seedRepresentation: seed, publicKey: nil))
          case .mlKEM1024: .mlKEM1024(try unsafe MLKEM1024.PrivateKey(seedRepresentation: seed, publicKey: nil))
          }
        }
      }
    } catch { throw .libraryUnusable }
  }

  var publicKey: MLKEMPublicKey {
    switch self {
    case .mlKEM768(let key): MLKEMPublicKey(computed: [UInt8](key.publicKey.rawRepresentation), .mlKEM768)
    case .mlKEM1024(let key): MLKEMPublicKey(computed: [UInt8](key.publicKey.rawRepresentation), .mlKEM1024)
    }
  }

  /// - Parameter ciphertext: of the right size.
  func decapsulate(_ ciphertext: [UInt8]) throws(PrimitiveError) -> SecretBytes {
    let secret: SymmetricKey
    do {
      switch self {
      case .mlKEM768(let key): secret = try key.decapsulate(ciphertext)
      case .mlKEM1024(let key): secret = try key.decapsulate(ciphertext)
      }
    } catch { throw .libraryUnusable }
    return try secret.movedIntoSecretMemory()
  }
}
