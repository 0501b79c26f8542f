import ByteLayout
import KeyAgreement
import Primitives
import SealedSender
import SecretMemory
import Vault

/// The secrets and names of this device, read once when the vault is opened.
///
/// A class, so that the keys have one owner that everything borrows from.
final class OwnDevice: Sendable {
  let identity: DeviceIdentity
  /// K_tok of C10.
  let tokenKey: SecretBytes

  init(from transaction: VaultTransaction) throws {
    guard let accountBytes = try transaction.accountValue(.account),
      let seed = try transaction.deviceSecret(.deviceSeed), let tokenKey = try transaction.deviceSecret(.tokenKey)
    else { throw MessagingError.noAccount }
    var reader = LayoutReader(accountBytes)
    let account = try AccountID(validating: try reader.fixed(FixedBytes<33>.self))
    let device = try DeviceNumber(validating: try reader.uint32())
    try reader.finish()
    identity = try DeviceIdentity(account: account, device: device, signingKey: try Ed25519SigningKey(seed: seed))
    self.tokenKey = tokenKey
  }

  var account: AccountID { identity.account }
  var number: DeviceNumber { identity.device }

  /// What the sealed layer writes about the sender.
  var sealedSenderIdentity: SealedSenderIdentity {
    SealedSenderIdentity(account: account.bytes, device: number.value, deviceKey: identity.deviceKey)
  }
}
