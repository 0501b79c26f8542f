package import ByteLayout
import CSodium

/// Comparison whose time depends on the length only.
package enum ConstantTimeEquality {
  /// Whether the two secrets are the same bytes.
  package static func areEqual(_ left: borrowing SecretBytes, _ right: borrowing SecretBytes) -> Bool {
    left.withBytes { left in right.withBytes { right in areEqual(left, right) } }
  }

  /// Whether a secret and a public claim about it are the same bytes.
  package static func areEqual<let count: Int>(
    _ left: borrowing SecretBytes, _ right: FixedBytes<count>
  ) -> Bool {
    left.withBytes { left in right.withBytes { right in areEqual(left, right) } }
  }

  /// Whether the two runs of bytes are the same; runs of different lengths are not.
  package static func areEqual(_ left: RawSpan, _ right: RawSpan) -> Bool {
    guard left.byteCount == right.byteCount else { return false }
    let byteCount = left.byteCount
    return unsafe left.withUnsafeBytes { left in
      unsafe right.withUnsafeBytes { right in
        guard let left = left.baseAddress, let right = right.baseAddress else { return true }
        return unsafe sodium_memcmp(left, right, byteCount) == 0
      }
    }
  }
}
