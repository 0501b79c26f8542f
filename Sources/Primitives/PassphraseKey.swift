package import ByteLayout
import CSodium
package import SecretMemory

/// A key from a passphrase by Argon2id (RFC 9106), with a floor and a ceiling on its cost.
package enum PassphraseKey {
  /// The cost. Read from a file it is bounded before anything is computed.
  package struct Cost: Hashable, Sendable {
    /// Passes over the memory, 3 … 10.
    package let operations: UInt8
    /// Memory in bytes, 256 MiB … 1 GiB.
    package let memoryByteCount: UInt64

    /// libsodium's MODERATE: 3 passes over 256 MiB.
    package static let moderate = Cost(unchecked: 3, 256 * 1_024 * 1_024)

    private init(unchecked operations: UInt8, _ memoryByteCount: UInt64) {
      self.operations = operations
      self.memoryByteCount = memoryByteCount
    }

    /// - Throws: ``PrimitiveError/passphraseParametersOutOfBounds``: below the floor it would be a downgrade, above
    ///   the ceiling a way to exhaust the machine.
    package init(operations: UInt8, memoryByteCount: UInt64) throws(PrimitiveError) {
      guard (3...10).contains(operations),
        (256 * 1_024 * 1_024...1_024 * 1_024 * 1_024).contains(memoryByteCount)
      else { throw .passphraseParametersOutOfBounds }
      self.init(unchecked: operations, memoryByteCount)
    }
  }

  /// Derives 32 bytes.
  ///
  /// - Parameters:
  ///   - passphrase: UTF-8, any length.
  ///   - salt: 16 random bytes.
  /// - Throws: ``PrimitiveError/passphraseMemoryUnavailable`` when the memory is not to be had.
  package static func derive(
    passphrase: borrowing SecretBytes, salt: FixedBytes<16>, cost: Cost
  ) throws(PrimitiveError) -> SecretBytes {
    try Library.start()
    return try passphrase.withBytes { passphrase throws(PrimitiveError) in
      try SecretBytes(byteCount: 32, wrapping: PrimitiveError.secretMemory) { output throws(PrimitiveError) in
        let result = unsafe output.withUnsafeMutableBytes { output in
          unsafe passphrase.withUnsafeBytes { passphrase -> Int32 in
            guard let output = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self),
              let text = unsafe passphrase.baseAddress?.assumingMemoryBound(to: CChar.self)
            else { return -1 }
            return unsafe crypto_pwhash(
              output, 32, text, UInt64(passphrase.count), salt.array, UInt64(cost.operations),
              Int(cost.memoryByteCount), crypto_pwhash_ALG_ARGON2ID13)
          }
        }
        guard result == 0 else { throw .passphraseMemoryUnavailable }
      }
    }
  }
}
