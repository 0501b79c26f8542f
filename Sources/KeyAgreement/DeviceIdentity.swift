package import Primitives
package import Verification

/// What this device is: its account, its number and its device key, the identity of X3DH (Protocol §5.0, §1.1).
///
/// The device key signs and agrees, the latter only through the conversion that is done here once.
package struct DeviceIdentity: ~Copyable, Sendable {
  package let account: AccountID
  package let device: DeviceNumber
  /// Signs consents, bundles, one-time prekeys and, if this device is the manager, device lists.
  package let signingKey: Ed25519SigningKey
  /// The X25519 form of the device key: IK in the handshake.
  package let agreementKeyPair: X25519KeyPair
  /// What this device lists and publishes.
  package let suites: SuiteSet

  /// - Throws: ``KeyAgreementError/primitive(_:)``.
  package init(
    account: AccountID, device: DeviceNumber, signingKey: consuming Ed25519SigningKey, suites: SuiteSet = .current
  ) throws(KeyAgreementError) {
    do throws(PrimitiveError) { agreementKeyPair = try signingKey.agreementKeyPair() } catch {
      throw .primitive(error)
    }
    self.account = account
    self.device = device
    self.signingKey = signingKey
    self.suites = suites
  }

  /// The public device key.
  package var deviceKey: VerifyingKey { signingKey.verifyingKey }
}
