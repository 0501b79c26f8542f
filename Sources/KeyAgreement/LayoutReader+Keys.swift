import ByteLayout
import Primitives
import Verification

extension LayoutReader {
  /// Takes an X25519 key without a type byte, 32 bytes, in canonical form.
  mutating func x25519Key(field: String) throws(LayoutError) -> X25519PublicKey {
    let bytes: FixedBytes<32> = try fixed()
    do throws(PrimitiveError) { return try X25519PublicKey(validating: bytes) } catch {
      throw .notAllowed(field: field)
    }
  }

  /// Takes EncodeEC of an X25519 key, 33 bytes.
  mutating func encodedX25519Key(field: String) throws(LayoutError) -> X25519PublicKey {
    guard case .x25519(let key) = try EncodedKey(validating: try fixed()) else { throw .notAllowed(field: field) }
    return key
  }

  /// Takes an Ed25519 key without a type byte, 32 bytes, in canonical form.
  mutating func ed25519Key(field: String) throws(LayoutError) -> VerifyingKey {
    let key = VerifyingKey(try fixed())
    guard key.isCanonical else { throw .notAllowed(field: field) }
    return key
  }

  /// Takes an account id, 33 bytes.
  mutating func accountID() throws(LayoutError) -> AccountID { try AccountID(validating: try fixed()) }

  /// Takes a device number, u32, 1…127.
  mutating func deviceNumber() throws(LayoutError) -> DeviceNumber { try DeviceNumber(validating: try uint32()) }

  /// Takes a signature, 64 bytes.
  mutating func signature() throws(LayoutError) -> Signature { Signature(try fixed()) }
}
