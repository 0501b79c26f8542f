package import ByteLayout
package import Verification

/// The name of an account: EncodeEC of its root key, 33 bytes (C1). An address that authenticates itself.
package struct AccountID: Hashable, Sendable {
  /// 0x06 ‖ root key(32).
  package let bytes: FixedBytes<33>

  /// The human-readable part of its text form.
  static let prefix = "sotto"

  /// The account whose root key this is.
  package init(rootKey: VerifyingKey) { bytes = EncodedKey.ed25519(rootKey).bytes }

  /// Reads 33 bytes.
  ///
  /// - Throws: ``LayoutError`` unless they are an Ed25519 key in canonical form with its type byte.
  package init(validating bytes: FixedBytes<33>) throws(LayoutError) {
    guard case .ed25519 = try EncodedKey(validating: bytes) else { throw .notAllowed(field: "account id") }
    self.bytes = bytes
  }

  /// Reads the text form: Bech32m with the prefix "sotto", 65 characters.
  package init(text: String) throws(Bech32mError) {
    let decoded = try Bech32m.decode(text, prefix: Self.prefix, byteCount: 33)
    do throws(LayoutError) { try self.init(validating: try FixedBytes(decoded)) } catch { throw .notAllowedValue }
  }

  /// The text form, 65 lower-case characters: `sotto1…`.
  package var text: String { Bech32m.encode(prefix: Self.prefix, bytes: bytes.array) }

  /// The root key, under which root-signed device lists verify.
  package var rootKey: VerifyingKey {
    VerifyingKey(
      FixedBytes<32> { output in
        for index in 0..<32 { output.storeBytes(of: bytes[index + 1], toByteOffset: index, as: UInt8.self) }
      })
  }
}

extension AccountID: Comparable {
  /// Byte-wise order: safety numbers put the smaller one first (C12).
  package static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }
}
