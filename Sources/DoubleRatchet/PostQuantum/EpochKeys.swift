import ByteLayout
import Primitives
import SecretMemory
import Verification

/// What both sides derive of one epoch: a root, and a chain for each direction (Protocol §6a.3).
///
/// ```
/// epoch 0:  HKDF(Z(32), SK, "Sotto_PQ_Start_v1", 96)
/// epoch e:  HKDF(root, ss, "Sotto_PQ_Epoch_v1" ‖ e u32 ‖ SHA-256(ek ‖ ct), 96)           = root′ ‖ CKg ‖ CKe
/// ```
/// CKg is for what the generator sends, the side that made the key pair; in epoch 0 that is the initiator. The hash makes an
/// epoch's keys those of one key and one ciphertext, whatever the KEM itself binds.
struct EpochKeys {
  let root: EpochSecret
  let generatorSends: EpochChain
  let encapsulatorSends: EpochChain

  /// Epoch 0, from the handshake's secret.
  init(sharedSecret: borrowing SecretBytes) throws(PrimitiveError) {
    try self.init(
      HKDFSHA256.deriveWithZeroSalt(
        inputKeyMaterial: sharedSecret, info: KeyDerivationLabel.postQuantumStart, byteCount: 96))
  }

  /// - Parameters:
  ///   - epoch: e, from 1.
  ///   - root: of the epoch before.
  ///   - sharedSecret: ss of ML-KEM-768, 32 bytes.
  init(
    epoch: UInt32, root: EpochSecret, sharedSecret: borrowing SecretBytes, encapsulationKey: [UInt8],
    ciphertext: [UInt8]
  ) throws(PrimitiveError) {
    let number = (0..<4).map { UInt8(truncatingIfNeeded: epoch >> UInt32(24 - 8 * $0)) }
    let info =
      KeyDerivationLabel.postQuantumEpoch + number + ContentHash.sha256(encapsulationKey + ciphertext).array
    try self.init(
      HKDFSHA256.derive(salt: root.bytes, inputKeyMaterial: sharedSecret, info: info, byteCount: 96))
  }

  private init(_ derived: consuming SecretBytes) throws(PrimitiveError) {
    do throws(SecretMemoryError) {
      root = EpochSecret(try derived.slice(0..<32))
      generatorSends = EpochChain(try derived.slice(32..<64))
      encapsulatorSends = EpochChain(try derived.slice(64..<96))
    } catch {
      throw .secretMemory(error)
    }
  }
}
