import CMemcheck
import Primitives
import SecretMemory

/// Bytes that memcheck watches: whatever branches on them, or uses them as an address, is reported.
enum Secrets {
  /// A secret of known bytes, marked.
  static func secret(_ byteCount: Int, seed: UInt8 = 1) throws -> SecretBytes {
    let secret = try SecretBytes(copying: pattern(byteCount, seed))
    mark(secret)
    return secret
  }

  static func mark(_ secret: borrowing SecretBytes) {
    secret.withBytes { bytes in bytes.withUnsafeBytes { memcheck_mark_secret($0.baseAddress, $0.count) } }
  }

  /// Words that are to be encrypted, marked.
  static func plaintext(_ byteCount: Int) -> [UInt8] {
    let bytes = pattern(byteCount, 77)
    bytes.withUnsafeBytes { memcheck_mark_secret($0.baseAddress, $0.count) }
    return bytes
  }

  static func isSecret(_ secret: borrowing SecretBytes) -> Bool {
    secret.withBytes { bytes in bytes.withUnsafeBytes { memcheck_is_secret($0.baseAddress, $0.count) != 0 } }
  }

  static func isSecret(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { memcheck_is_secret($0.baseAddress, $0.count) != 0 }
  }

  private static func pattern(_ byteCount: Int, _ seed: UInt8) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ Int(seed)) }
  }
}

/// Random bytes that are marked, because keys are made of them. Another fill gives other bytes.
final class SecretRandomness: Randomness, @unchecked Sendable {  // Sendable: one thread in this program
  /// Over all sources, so that no two of them give the same bytes.
  nonisolated(unsafe) private static var count: UInt8 = 0

  func fill(_ bytes: inout MutableRawSpan) {
    Self.count &+= 1
    for index in 0..<bytes.byteCount {
      bytes.storeBytes(
        of: UInt8(truncatingIfNeeded: index &* 11) &+ Self.count &* 31, toByteOffset: index, as: UInt8.self)
    }
    bytes.withUnsafeMutableBytes { memcheck_mark_secret($0.baseAddress, $0.count) }
  }
}
