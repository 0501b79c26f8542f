import ByteLayout
import KeyAgreement
import Primitives
import SealedSender
import SecretMemory
import Vault
import Verification

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
    let own: OwnSealingKey
    /// With devices that have proved themselves to this key; they go with it.
    private var agreements: [VerifyingKey: Agreement] = [:]

    /// More devices than write to a busy bot in one go; then all are computed anew.
    private static let maximumAgreements = 1_024

    private final class Agreement {
      let value: StaticAgreement
      init(_ value: consuming StaticAgreement) { self.value = value }
    }

    /// Takes what the vault keeps: the scalar (32), and the sealing secret (32).
    init(_ archive: borrowing SecretBytes) throws { own = try OwnSealingKey(archive) }

    /// Opens the body of an envelope whose c1 this key has opened.
    ///
    /// The agreement is kept only when the body has opened: names that are not proved leave nothing.
    func openBody(_ named: borrowing SenderOpened) throws(SealedSenderError) -> [UInt8] {
      let device = named.sender.deviceKey
      if let known = agreements[device] { return try named.openBody(agreement: known.value) }
      let agreement = Agreement(try StaticAgreement(sealingKeyPair: own.pair, deviceKey: device))
      let payload = try named.openBody(agreement: agreement.value)
      if agreements.count >= Self.maximumAgreements { agreements = [:] }
      agreements[device] = agreement
      return payload
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

  /// Forgets the sealing keys, and what was agreed on with them: some keys, or contacts, may be gone.
  func forgetSealingKeys() { sealingKeys = [:] }
}
