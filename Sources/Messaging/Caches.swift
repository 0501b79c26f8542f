import ByteLayout
import KeyAgreement
import Primitives
import Vault

/// Values that are dear to compute and follow from the vault: signatures of device lists, public keys of sealing keys.
///
/// Dropping any of it loses nothing. What it holds is looked up by the very bytes in the vault, so it cannot be stale.
final class Caches {
  /// Lists that have been verified, the newest of each account.
  private var lists: [AccountID: (bytes: [UInt8], lists: DeviceLists)] = [:]
  private var sealingKeys: [UInt32: SealingKey] = [:]

  /// More accounts than a busy bot hears of in one go; then everything is forgotten and verified again.
  private static let maximumAccounts = 4_096

  /// A key pair that several envelopes of one page are opened with.
  final class SealingKey {
    let pair: X25519KeyPair
    init(_ pair: consuming X25519KeyPair) { self.pair = pair }
  }

  /// The lists that `bytes` are, verified the first time only.
  func verifiedLists(_ bytes: [UInt8], of account: AccountID) throws(KeyAgreementError) -> DeviceLists {
    if let known = lists[account], known.bytes == bytes { return known.lists }
    let verified = try DeviceLists(verifying: bytes, account: account)
    if lists.count >= Self.maximumAccounts { lists = [:] }
    lists[account] = (bytes: bytes, lists: verified)
    return verified
  }

  /// The own sealing key of this number, nil when the vault does not hold it any more.
  func sealingKey(_ sealID: UInt32, _ transaction: VaultTransaction) throws -> SealingKey? {
    if let known = sealingKeys[sealID] { return known }
    guard let scalar = try transaction.sealingKeyPrivate(sealID: sealID) else { return nil }
    let key = SealingKey(try X25519KeyPair(scalar: scalar))
    sealingKeys[sealID] = key
    return key
  }

  /// Forgets the sealing keys: some may have been destroyed.
  func forgetSealingKeys() { sealingKeys = [:] }
}
