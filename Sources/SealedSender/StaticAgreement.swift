package import Primitives
package import SecretMemory
package import Verification

/// X25519(sender's device key, recipient's sealing key): what proves the sender to the recipient alone (C3).
///
/// It is the same for every envelope between one device key and one sealing key, and costs a Diffie–Hellman (and on the
/// recipient's side a conversion as dear): keep it per (peer device, seal id), as the secret that it is. Whoever has it
/// can seal as that device to that sealing key, and with the sealing key's private half open the bodies.
package struct StaticAgreement: ~Copyable, Sendable {
  /// The sender's device key.
  package let deviceKey: VerifyingKey
  /// The recipient's sealing key.
  package let sealKey: X25519PublicKey
  private let secret: SecretBytes

  /// The sender's side.
  ///
  /// - Parameters:
  ///   - deviceKey: the sender's Ed25519 device key, whose X25519 form `deviceKeyPair` is.
  ///   - sealKey: the recipient's.
  /// - Throws: ``SealedSenderError/primitive(_:)``, with `nonContributoryKey` when `sealKey` has small order.
  package init(
    deviceKey: VerifyingKey, deviceKeyPair: borrowing X25519KeyPair, sealKey: X25519PublicKey
  ) throws(SealedSenderError) {
    do throws(PrimitiveError) { secret = try deviceKeyPair.sharedSecret(with: sealKey) } catch {
      throw .primitive(error)
    }
    self.deviceKey = deviceKey
    self.sealKey = sealKey
  }

  /// The recipient's side.
  ///
  /// - Parameter deviceKey: what an envelope claims as its sender's device key.
  /// - Throws: ``SealedSenderError/refused`` when it is no point of the main subgroup.
  package init(
    sealingKeyPair: borrowing X25519KeyPair, deviceKey: VerifyingKey
  ) throws(SealedSenderError) {
    do throws(PrimitiveError) {
      secret = try sealingKeyPair.sharedSecret(with: try deviceKey.agreementKey())
    } catch {
      throw .opening(error)
    }
    self.deviceKey = deviceKey
    sealKey = sealingKeyPair.publicKey
  }

  /// Puts a cached agreement together again; 32 bytes, from a record that was authenticated as a whole.
  package init(
    archivedSecret: consuming SecretBytes, deviceKey: VerifyingKey, sealKey: X25519PublicKey
  ) throws(SealedSenderError) {
    guard archivedSecret.byteCount == 32 else {
      throw .primitive(.wrongByteCount(expected: 32, actual: archivedSecret.byteCount))
    }
    secret = archivedSecret
    self.deviceKey = deviceKey
    self.sealKey = sealKey
  }

  /// Lends the 32 bytes: to this layer's key derivation, and to the vault that keeps them.
  package borrowing func withSecret<Result: ~Copyable, Failure: Error>(
    _ body: (borrowing SecretBytes) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(secret)
  }
}
