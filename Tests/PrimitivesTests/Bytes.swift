import ByteLayout
import Primitives
import SecretMemory

/// The bytes of a hexadecimal literal.
func bytes(_ text: String) throws -> [UInt8] { try Hexadecimal.decode(text) }

/// The secret of a hexadecimal literal.
func secret(_ text: String) throws -> SecretBytes { try SecretBytes(copying: try bytes(text)) }

/// A copy of a secret in ordinary memory: for tests only.
func bytes(of secret: borrowing SecretBytes) -> [UInt8] {
  secret.withBytes { span in (0..<span.byteCount).map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } }
}

/// Hexadecimal text of a secret: for tests only.
func text(of secret: borrowing SecretBytes) -> String { Hexadecimal.encode(bytes(of: secret)) }

/// An X25519 public key of a hexadecimal literal.
func agreementKey(_ text: String) throws -> X25519PublicKey {
  try X25519PublicKey(validating: try FixedBytes(try bytes(text)))
}

/// X25519(scalar, point) as hexadecimal text.
func x25519(_ scalar: String, _ point: String) throws -> String {
  text(of: try X25519KeyPair(scalar: try secret(scalar)).sharedSecret(with: try agreementKey(point)))
}
