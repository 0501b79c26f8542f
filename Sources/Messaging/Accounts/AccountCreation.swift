import Ambient
import ByteLayout
import KeyAgreement
import MessageContent
import Primitives
package import RelayWire
import SecretMemory
package import Vault
import Verification

/// The relay that a new account will live at.
package struct HomeRelay: Hashable, Sendable {
  /// `host:port`, lower-case ASCII.
  package let host: String
  package let relayKey: RelayKey

  package init(host: String, relayKey: RelayKey) {
    self.host = host
    self.relayKey = relayKey
  }
}

extension Messenger {
  /// How many delivery slots a new account has; a full pool doubles (C9).
  static let initialSlotCount = 16

  /// Makes an account with one device in an empty vault: keys, first device list, prekeys and slots, in one transaction.
  ///
  /// The root key signs the first list and lives on only as the recovery string, sealed in the vault until
  /// ``recoveryStringWasShown()``; a crash between the commit and the screen therefore loses nothing.
  /// - Throws: ``MessagingError/accountExists`` when the vault already holds one.
  package static func createAccount(
    in vault: Vault, name: String, relay: HomeRelay, environment: MessagingEnvironment
  ) throws -> Messenger {
    let profileName = try usableName(name)
    let randomness = environment.randomness
    let now = environment.clock.now().seconds
    let rootKey = try Ed25519SigningKey(from: randomness)
    let mailboxKey = try Ed25519SigningKey(from: randomness)
    let identity = try DeviceIdentity(
      account: AccountID(rootKey: rootKey.verifyingKey), device: .first,
      signingKey: try Ed25519SigningKey(from: randomness))
    let route = try RelayRoute(
      host: relay.host, relayKey: relay.relayKey.bytes, mailbox: mailboxKey.verifyingKey.bytes)
    let entry = try DeviceEntry(for: identity, role: .manager, addedAt: UInt64(clamping: now), routes: [route])
    let lists = try DeviceLists(
      root: DeviceList.signedByRoot(
        rootKey, major: 1, issuedAt: UInt64(clamping: now), nextDevice: identity.device.value + 1, entries: [entry]))
    let deviceSeed = try identity.signingKey.seed()
    var names = LayoutWriter()
    names.append(identity.account.bytes)
    names.uint32(identity.device.value)
    let accountRecord = names.bytes

    try vault.write { transaction in
      guard try transaction.accountValue(.account) == nil else { throw MessagingError.accountExists }
      try transaction.setAccountValue(.account, accountRecord)
      try transaction.setAccountValue(.name, [UInt8](profileName.utf8))
      try transaction.setAccountValue(.lists, lists.bytes)
      try transaction.setDeviceSecret(.deviceSeed, deviceSeed)
      try transaction.setDeviceSecret(.tokenKey, randomness.secret(byteCount: 32))
      try transaction.setDeviceSecret(.unshownRecoverySeed, rootKey.seed())
      let mailbox = MailboxState(
        host: relay.host, relayKey: relay.relayKey, mailbox: MailboxID(mailboxKey.verifyingKey.bytes))
      _ = try transaction.insertMailbox(MailboxRecord(body: try mailbox.bytes), seed: mailboxKey.seed())
      for _ in 0..<initialSlotCount {
        _ = try transaction.insertSlot(SlotRecord(registeredUntilDay: 0), secret: randomness.secret(byteCount: 32))
      }
    }
    let messenger = try Messenger(vault: vault, environment: environment)
    try messenger.rotateKeysIfDue()
    return messenger
  }

  /// Opens the account of an unlocked vault.
  ///
  /// - Throws: ``MessagingError/noAccount`` when there is none.
  package static func open(_ vault: Vault, environment: MessagingEnvironment) throws -> Messenger {
    let messenger = try Messenger(vault: vault, environment: environment)
    // What ended while nothing ran ends before anything is shown.
    try messenger.eraseDue()
    return messenger
  }

  /// The recovery string, for as long as nobody has said that it was shown.
  package func unshownRecoveryString() throws -> String? {
    try vault.read { transaction in
      guard let seed = try transaction.deviceSecret(.unshownRecoverySeed) else { return nil }
      return try RecoveryString.encode(rootSeed: seed)
    }
  }

  /// Wipes the root key: from now on the recovery string is the only thing that can sign a root list.
  package func recoveryStringWasShown() throws {
    try vault.write { transaction in try transaction.deleteDeviceSecret(.unshownRecoverySeed) }
  }

  /// Who this vault is.
  package func ownAccount() throws -> OwnAccount {
    try vault.read { transaction in
      OwnAccount(
        name: try ownName(transaction), address: own.account.text, accountID: own.account.bytes,
        device: own.number.value, deviceKey: own.identity.deviceKey.bytes,
        listHash: try ownLists(transaction).current.hash, mailboxes: try homeMailboxes(transaction))
    }
  }

  /// A name without what may not be in one.
  ///
  /// - Throws: ``MessagingError/unusableName`` when nothing visible is left.
  static func usableName(_ name: String) throws -> String {
    let cleaned = DisplayName.cleaned(name)
    guard cleaned != DisplayName.fallback || name == DisplayName.fallback else { throw MessagingError.unusableName }
    return cleaned
  }

  func ownName(_ transaction: VaultTransaction) throws -> String {
    String(decoding: try transaction.accountValue(.name) ?? [], as: UTF8.self)
  }

  func ownLists(_ transaction: VaultTransaction) throws -> DeviceLists {
    guard let bytes = try transaction.accountValue(.lists) else { throw MessagingError.noAccount }
    return try caches.verifiedLists(bytes, of: own.account)
  }
}
