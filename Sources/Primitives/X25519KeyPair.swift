import ByteLayout
import CSodium
package import SecretMemory

/// An X25519 key pair (RFC 7748). The scalar is stored unclamped and clamped inside the multiplication.
package struct X25519KeyPair: ~Copyable, Sendable {
  private let scalar: SecretBytes

  package let publicKey: X25519PublicKey

  /// Makes a new pair from 32 random bytes.
  package init(from randomness: some Randomness) throws(PrimitiveError) {
    try self.init(scalar: try randomness.secret(byteCount: 32))
  }

  /// Takes a scalar of 32 bytes and computes the public key (~45 µs).
  package init(scalar: consuming SecretBytes) throws(PrimitiveError) {
    guard scalar.byteCount == 32 else { throw .wrongByteCount(expected: 32, actual: scalar.byteCount) }
    try Library.start()
    var failed = false
    let computed = scalar.withBytes { scalar in
      FixedBytes<32> { output in
        unsafe output.withUnsafeMutableBytes { output in
          unsafe scalar.withUnsafeBytes { scalar in
            guard let output = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self),
              let scalar = unsafe scalar.baseAddress?.assumingMemoryBound(to: UInt8.self)
            else { return }
            failed = unsafe crypto_scalarmult_base(output, scalar) != 0
          }
        }
      }
    }
    guard !failed else { throw .libraryUnusable }
    self.scalar = scalar
    publicKey = X25519PublicKey(computed: computed)
  }

  /// Puts a pair together again from an archive that was authenticated as a whole, without computing anything.
  package init(archivedScalar: consuming SecretBytes, publicKey: X25519PublicKey) throws(PrimitiveError) {
    guard archivedScalar.byteCount == 32 else {
      throw .wrongByteCount(expected: 32, actual: archivedScalar.byteCount)
    }
    scalar = archivedScalar
    self.publicKey = publicKey
  }

  /// X25519(scalar, peer), 32 bytes.
  ///
  /// - Throws: ``PrimitiveError/nonContributoryKey`` when the result is all zero: the peer's point has small order.
  package borrowing func sharedSecret(with peer: X25519PublicKey) throws(PrimitiveError) -> SecretBytes {
    try scalar.withBytes { scalar throws(PrimitiveError) in
      try SecretBytes(byteCount: 32, wrapping: PrimitiveError.secretMemory) { output throws(PrimitiveError) in
        let result = unsafe output.withUnsafeMutableBytes { output in
          unsafe scalar.withUnsafeBytes { scalar in
            peer.bytes.withBytes { peer in
              unsafe peer.withUnsafeBytes { peer -> Int32 in
                guard let output = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self),
                  let scalar = unsafe scalar.baseAddress?.assumingMemoryBound(to: UInt8.self),
                  let peer = unsafe peer.baseAddress?.assumingMemoryBound(to: UInt8.self)
                else { return -1 }
                return unsafe crypto_scalarmult(output, scalar, peer)
              }
            }
          }
        }
        guard result == 0 else { throw .nonContributoryKey }
      }
    }
  }

  /// Lends the scalar, 32 bytes: for sealed archives and nothing else.
  package borrowing func withScalar<Result: ~Copyable, Failure: Error>(
    _ body: (borrowing SecretBytes) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(scalar)
  }

  /// The same pair in slots of its own: what "decrypt on a copy" copies.
  package borrowing func duplicate() throws(PrimitiveError) -> X25519KeyPair {
    let copy: SecretBytes
    do throws(SecretMemoryError) { copy = try scalar.duplicate() } catch { throw .secretMemory(error) }
    return try X25519KeyPair(archivedScalar: copy, publicKey: publicKey)
  }
}
