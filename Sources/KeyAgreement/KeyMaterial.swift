import Primitives
import SecretMemory

/// The input of the handshake's derivation while it grows: 0xFF×32 ‖ DH1 ‖ DH2 ‖ DH3 [‖ DH4] [‖ SS].
struct KeyMaterial: ~Copyable {
  private var bytes: SecretBytes

  /// 0xFF×32 (X3DH's F): no X25519 public key or Diffie–Hellman output looks like it, so that the input of this
  /// derivation is never the input of another.
  init() throws(PrimitiveError) {
    do throws(SecretMemoryError) {
      bytes = try SecretBytes(byteCount: 32) { span in
        for index in 0..<32 { span.storeBytes(of: 0xff, toByteOffset: index, as: UInt8.self) }
      }
    } catch { throw .secretMemory(error) }
  }

  mutating func append(_ secret: consuming SecretBytes) throws(PrimitiveError) {
    do throws(SecretMemoryError) { bytes = try bytes.appending(secret) } catch { throw .secretMemory(error) }
  }

  /// HKDF-SHA-256(salt = Z(32), ikm = everything, info = label, 32).
  consuming func sharedSecret(label: String) throws(PrimitiveError) -> SecretBytes {
    try HKDFSHA256.derive(
      salt: [UInt8](repeating: 0, count: 32), inputKeyMaterial: bytes, info: [UInt8](label.utf8), byteCount: 32)
  }
}
