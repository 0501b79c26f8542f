import ByteLayout
import KeyAgreement
import Primitives
import SealedSender
import SecretMemory
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
    /// nil of a key that was made before there were such secrets.
    let secret: SealingSecret?

    /// Takes what the vault keeps: the scalar (32), and the sealing secret (32).
    init(_ archive: borrowing SecretBytes) throws {
      pair = try X25519KeyPair(scalar: try archive.slice(0..<32))
      secret = archive.byteCount == 64 ? try SealingSecret(try archive.slice(32..<64)) : nil
    }
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
    guard let archive = try transaction.sealingKeyPrivate(sealID: sealID), archive.byteCount >= 32 else { return nil }
    let key = try SealingKey(archive)
    sealingKeys[sealID] = key
    return key
  }

  /// Forgets the sealing keys: some may have been destroyed.
  func forgetSealingKeys() { sealingKeys = [:] }
}
