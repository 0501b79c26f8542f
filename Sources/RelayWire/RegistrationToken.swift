package import ByteLayout

/// What an operator hands to somebody who may open a new mailbox: 16 random bytes, as text 32 hexadecimal digits.
package struct RegistrationToken: Hashable, Sendable {
  package let bytes: FixedBytes<16>
  package init(_ bytes: FixedBytes<16>) { self.bytes = bytes }

  /// The label of H(label, token), by which a relay knows a token (C16).
  package static let label = "Sotto_RegistrationToken_v1"

  /// Reads 32 hexadecimal digits.
  ///
  /// - Returns: nil for any other text.
  package init?(text: String) {
    guard text.utf8.count == 32, let bytes = try? FixedBytes<16>(Hexadecimal.decode(text)) else { return nil }
    self.bytes = bytes
  }

  /// 32 hexadecimal digits.
  package var text: String { Hexadecimal.encode(bytes.array) }
}
