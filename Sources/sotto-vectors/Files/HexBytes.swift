import ByteLayout
import Primitives
import SecretMemory
import Verification

/// Bytes that a file carries as lower-case hexadecimal text.
struct HexBytes: Codable, Hashable, CustomStringConvertible {
  let bytes: [UInt8]

  init(_ bytes: some Sequence<UInt8>) { self.bytes = [UInt8](bytes) }
  init<let count: Int>(_ value: FixedBytes<count>) { bytes = value.array }
  init(_ key: X25519PublicKey) { self.init(key.bytes) }
  init(_ key: VerifyingKey) { self.init(key.bytes) }
  init(_ signature: Signature) { self.init(signature.bytes) }

  /// Brings a secret into the open: these are test keys, and nothing but this program does it.
  init(revealing secret: borrowing SecretBytes) {
    bytes = secret.withBytes { span in
      (0..<span.byteCount).map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
  }

  init(from decoder: any Decoder) throws {
    bytes = try Hexadecimal.decode(try decoder.singleValueContainer().decode(String.self))
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  var description: String { Hexadecimal.encode(bytes) }

  func fixed<let count: Int>(_ type: FixedBytes<count>.Type = FixedBytes<count>.self) throws -> FixedBytes<count> {
    try FixedBytes<count>(bytes)
  }
  func secret() throws -> SecretBytes { try SecretBytes(copying: bytes) }
  func keyPair() throws -> X25519KeyPair { try X25519KeyPair(scalar: try secret()) }
  func kemKeyPair() throws -> MLKEMKeyPair { try MLKEMKeyPair(.mlKEM1024, seed: try secret()) }
  func agreementKey() throws -> X25519PublicKey { try X25519PublicKey(validating: try fixed()) }
  func verifyingKey() throws -> VerifyingKey { VerifyingKey(try fixed()) }
  func signature() throws -> Signature { Signature(try fixed()) }
  func signingKey() throws -> Ed25519SigningKey { try Ed25519SigningKey(seed: try secret()) }
}

/// A value that a file must carry, and that may be null there.
struct Nullable<Value: Codable & Hashable>: Codable, Hashable {
  let value: Value?

  init(_ value: Value?) { self.value = value }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    value = container.decodeNil() ? nil : try container.decode(Value.self)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}
