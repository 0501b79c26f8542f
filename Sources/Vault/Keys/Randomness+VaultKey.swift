import Primitives
import SecretMemory

extension Randomness {
  /// A new random key of the vault, 32 bytes: master key, erasure root, bucket key, message key.
  func vaultKey() throws(VaultError) -> SecretBytes {
    do { return try secret(byteCount: 32) } catch { throw .primitive(error) }
  }
}
