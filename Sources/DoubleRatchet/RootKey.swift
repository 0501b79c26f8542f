import Primitives
import SecretMemory

/// RK, 32 bytes: what every Diffie–Hellman step is mixed into.
///
/// ```
/// KDF_RK(rk, dh) = HKDF-SHA-256(salt = rk, ikm = dh, info = "Sotto_DR_Root_v1", 64) → RK′ ‖ CK       (Protocol §6.2)
/// ```
struct RootKey: ~Copyable, Sendable {
  let bytes: SecretBytes

  /// Takes the 32 bytes of a handshake's shared secret or of an archive.
  init(_ bytes: consuming SecretBytes) {
    precondition(bytes.byteCount == 32, "a root key has 32 bytes")
    self.bytes = bytes
  }

  /// The next root key with a chain that sends.
  struct SendingStep: ~Copyable {
    let rootKey: RootKey
    let chain: SendingChainKey
  }

  /// The next root key with a chain that receives.
  struct ReceivingStep: ~Copyable {
    let rootKey: RootKey
    let chain: ReceivingChainKey
  }

  /// Derives the chain on which this side sends under `keyPair` until the peer's key changes.
  borrowing func sendingStep(
    keyPair: borrowing RatchetKeyPair, remoteKey: X25519PublicKey
  ) throws(PrimitiveError) -> SendingStep {
    let derived = try derive(keyPair: keyPair, remoteKey: remoteKey)
    return SendingStep(
      rootKey: RootKey(try Self.slice(derived, 0..<32)),
      chain: SendingChainKey(try Self.slice(derived, 32..<64), number: 0))
  }

  /// Derives the chain on which the peer sends under `remoteKey`.
  borrowing func receivingStep(
    keyPair: borrowing RatchetKeyPair, remoteKey: X25519PublicKey
  ) throws(PrimitiveError) -> ReceivingStep {
    let derived = try derive(keyPair: keyPair, remoteKey: remoteKey)
    return ReceivingStep(
      rootKey: RootKey(try Self.slice(derived, 0..<32)),
      chain: ReceivingChainKey(try Self.slice(derived, 32..<64), number: 0))
  }

  private borrowing func derive(
    keyPair: borrowing RatchetKeyPair, remoteKey: X25519PublicKey
  ) throws(PrimitiveError) -> SecretBytes {
    let shared = try keyPair.sharedSecret(with: remoteKey)
    return try HKDFSHA256.derive(
      salt: bytes, inputKeyMaterial: shared, info: KeyDerivationLabel.root, byteCount: 64)
  }

  private static func slice(
    _ derived: borrowing SecretBytes, _ range: Range<Int>
  ) throws(PrimitiveError) -> SecretBytes {
    do throws(SecretMemoryError) { return try derived.slice(range) } catch { throw .secretMemory(error) }
  }
}
