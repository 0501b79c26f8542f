package import ByteLayout
package import SecretMemory

/// Where unpredictable bytes come from. Injected everywhere; tests use a seeded one.
package protocol Randomness: Sendable {
  /// Overwrites all of `bytes`.
  func fill(_ bytes: inout MutableRawSpan)

  /// A fresh shared secret for the holder of an ML-KEM private key.
  ///
  /// A requirement, because the library encapsulates with randomness of its own: whoever needs equal bytes from equal
  /// seeds, tests and vectors, brings another implementation of the same function.
  func encapsulation(to key: MLKEMPublicKey) throws(PrimitiveError) -> MLKEMEncapsulation

  /// Mixes a key of this device into what comes from now on, if the implementation does such a thing; see
  /// ``HedgedRandomness``.
  ///
  /// - Parameter start: now, in milliseconds.
  func hedge(by key: borrowing Ed25519SigningKey, start: UInt64) throws(PrimitiveError)
}

extension Randomness {
  /// Most do not.
  package func hedge(by key: borrowing Ed25519SigningKey, start: UInt64) throws(PrimitiveError) {}

  /// What every program does: the library's encapsulation with the library's generator.
  package func encapsulation(to key: MLKEMPublicKey) throws(PrimitiveError) -> MLKEMEncapsulation {
    try key.encapsulateByLibrary()
  }

  /// A new secret of `byteCount` random bytes, made in place.
  package func secret(byteCount: Int) throws(PrimitiveError) -> SecretBytes {
    do { return try SecretBytes(byteCount: byteCount) { fill(&$0) } } catch { throw .secretMemory(error) }
  }

  /// A random public value: an envelope id, a nonce that is sent, a message id.
  @inlinable @inline(__always)
  package func fixed<let count: Int>(_ type: FixedBytes<count>.Type = FixedBytes<count>.self) -> FixedBytes<count> {
    FixedBytes<count> { fill(&$0) }
  }
}
