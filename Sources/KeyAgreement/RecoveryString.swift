package import SecretMemory

/// Why a recovery string gave no seed.
package enum RecoveryStringError: Error, Hashable, Sendable {
  /// The text is not a recovery string: mistyped, cut, or something else.
  case text(Bech32mError)
  /// There was no locked memory for the seed.
  case secretMemory(SecretMemoryError)
}

/// The root key's seed for people to write down: Bech32m("sottorecovery", seed), 72 characters (C1).
///
/// The text is as secret as the seed and, being text, lies in ordinary memory: it is made once, shown and dropped.
package enum RecoveryString {
  private static let prefix = "sottorecovery"
  private static let seedByteCount = 32

  /// The text of a root seed of 32 bytes.
  ///
  /// - Throws: ``RecoveryStringError/text(_:)`` for a seed of another size.
  package static func encode(rootSeed: borrowing SecretBytes) throws(RecoveryStringError) -> String {
    guard rootSeed.byteCount == seedByteCount else { throw .text(.wrongByteCount(expected: seedByteCount)) }
    return rootSeed.withBytes { seed in
      seed.withUnsafeBytes { seed in
        Bech32m.encode(prefix: prefix, values: Bech32m.fiveBitValues(seed.count) { seed[$0] })
      }
    }
  }

  /// The root seed, 32 bytes.
  package static func decode(_ text: String) throws(RecoveryStringError) -> SecretBytes {
    let values: [UInt8]
    do throws(Bech32mError) { values = try Bech32m.values(of: text, prefix: prefix) } catch { throw .text(error) }
    return try SecretBytes(byteCount: seedByteCount, wrapping: RecoveryStringError.secretMemory) {
      (seed: inout MutableRawSpan) throws(RecoveryStringError) in
      do throws(Bech32mError) {
        try Bech32m.join(values, byteCount: seedByteCount) { index, byte in
          seed.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
      } catch { throw .text(error) }
    }
  }
}
