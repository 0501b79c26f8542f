package import ByteLayout
package import Primitives
package import Verification

/// EncodeEC(key) = type(1) ‖ key(32), 33 bytes: a public key that says which kind it is (Protocol §5.3).
///
/// The type bytes keep an Ed25519 key from being taken for an X25519 key where both are signed or hashed.
package enum EncodedKey: Hashable, Sendable {
  /// Type 0x05.
  case x25519(X25519PublicKey)
  /// Type 0x06.
  case ed25519(VerifyingKey)

  private static let x25519Type: UInt8 = 0x05
  private static let ed25519Type: UInt8 = 0x06

  /// Reads 33 bytes.
  ///
  /// - Throws: ``LayoutError/unknownValue(field:value:)`` for another type byte,
  ///   ``LayoutError/notAllowed(field:)`` for a key that is not in canonical form.
  package init(validating bytes: FixedBytes<33>) throws(LayoutError) {
    let key = FixedBytes<32> { key in
      for index in 0..<32 { key.storeBytes(of: bytes[index + 1], toByteOffset: index, as: UInt8.self) }
    }
    switch bytes[0] {
    case Self.x25519Type:
      do throws(PrimitiveError) { self = .x25519(try X25519PublicKey(validating: key)) } catch {
        throw .notAllowed(field: "X25519 key")
      }
    case Self.ed25519Type:
      let verifyingKey = VerifyingKey(key)
      guard verifyingKey.isCanonical else { throw .notAllowed(field: "Ed25519 key") }
      self = .ed25519(verifyingKey)
    default:
      throw .unknownValue(field: "key type", value: Int(bytes[0]))
    }
  }

  /// The 33 bytes.
  package var bytes: FixedBytes<33> {
    let (type, key) =
      switch self {
      case .x25519(let key): (Self.x25519Type, key.bytes)
      case .ed25519(let key): (Self.ed25519Type, key.bytes)
      }
    var encoded = FixedBytes<33>()
    encoded[0] = type
    for index in 0..<32 { encoded[index + 1] = key[index] }
    return encoded
  }
}

extension VerifyingKey {
  /// Whether the y-coordinate is below 2²⁵⁵ − 19, so that no other 32 bytes name the same point.
  ///
  /// Points of small order have non-canonical spellings through their sign bit as well; libsodium refuses all
  /// signatures under them.
  var isCanonical: Bool {
    if bytes[31] & 0x7f != 0x7f { return true }
    for index in 1..<31 where bytes[index] != 0xff { return true }
    return bytes[0] < 0xed
  }
}
