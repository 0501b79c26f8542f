import ByteLayout
import KeyAgreement
import Primitives
import SealedSender
import Vault

/// How long keys live (Protocol §6, "Prekeys"; C3).
enum KeyLifetime {
  static let day: Int64 = 86_400
  /// The signed prekey is replaced weekly.
  static let signedPrekey = 7 * day
  /// A private prekey dies 45 days after its successor was published: 14 in an outbox, 30 at a relay, and margin.
  static let supersededPrekey = 45 * day
  /// The sealing key is replaced every 30 days.
  static let sealingKey = 30 * day
  /// A sealing key dies 80 days after its successor was published: 30 + 14 + 30 days, and margin.
  static let supersededSealingKey = 80 * day
  /// More bundles than a copy of a vault makes in ten years, one a week.
  static let numbersOfCopies: UInt32 = 1_000
  /// Hashes of consumed messages and ids of deleted sessions are kept this long.
  static let replayMemory = 45 * day
  /// What was sent is remembered this long, unless it is acknowledged before.
  static let sentLog = 30 * day
}

extension Messenger {
  /// Makes the keys that are due and destroys those whose time is over. Free when nothing is due.
  package func rotateKeysIfDue() throws {
    let now = nowSeconds
    caches.forgetSealingKeys()
    try vault.write { transaction in
      let hasNewSuites = try listOwnSuites(transaction)
      let sealing = try transaction.currentSealingKey()
      let isWithoutSecret = try sealing.map { try caches.sealingKey($0.sealID, transaction)?.own.secret == nil } ?? true
      if isWithoutSecret || now - (sealing?.createdAt ?? 0) >= KeyLifetime.sealingKey {
        try makeSealingKey(id: (sealing?.sealID ?? 0) + 1, transaction)
      }
      let prekey = try transaction.currentSignedPrekey()
      let isNewSealingKey = try transaction.currentSealingKey()?.sealID != sealing?.sealID
      if prekey == nil || isNewSealingKey || hasNewSuites || now - (prekey?.createdAt ?? 0) >= KeyLifetime.signedPrekey
      {
        try makeBundle(id: try transaction.greatestSignedPrekeyID() + 1, transaction)
      }
      if prekey == nil {
        // A new vault, or one whose prekeys were of suite 1 and are gone: what relays still hand out of them is of no use.
        for mailbox in try transaction.mailboxes() {
          var state = try MailboxState(mailbox.body)
          state.wantsOneTimeRefill = true
          try setMailboxState(mailbox.id, state, transaction)
        }
      }
      _ = try transaction.deleteSupersededSealingKeys(before: now - KeyLifetime.supersededSealingKey)
      _ = try transaction.deleteSupersededSignedPrekeys(before: now - KeyLifetime.supersededPrekey)
      _ = try transaction.deleteSupersededOneTimePrekeys(before: now - KeyLifetime.supersededPrekey)
      _ = try transaction.purgeKnownSessions(before: now)
      _ = try transaction.purgeSeenMessages(before: now)
      _ = try transaction.purgeSeenEphemerals(before: now)
      _ = try transaction.dropSentLogOlder(than: now - KeyLifetime.sentLog)
    }
  }

  /// Lists the suites of this version, if the own entry still names those of an earlier one: a bundle's suites must equal
  /// its entry's (C2), and a peer starts no session with a device that does not list suite 2.
  ///
  /// - Returns: whether it did, so that a bundle is due.
  private func listOwnSuites(_ transaction: VaultTransaction) throws -> Bool {
    let lists = try ownLists(transaction)
    let suites = own.identity.suites
    guard let entry = lists.entry(of: own.number, deviceKey: own.identity.deviceKey), entry.suites != suites else {
      return false
    }
    let list = try DeviceList.signedByManager(
      own.identity, following: lists, issuedAt: UInt64(clamping: nowSeconds), nextDevice: lists.current.nextDevice,
      entries: lists.current.entries.map { $0.device == own.number ? $0.replacing(suites: suites) : $0 })
    try transaction.setAccountValue(.lists, try lists.adding(managed: list).bytes)
    return true
  }

  /// New keys whose numbers are above all that another copy of this vault can have given out: peers refuse lower ones.
  func makeKeysBeyondCopies(_ transaction: VaultTransaction) throws {
    caches.forgetSealingKeys()
    let sealing = try transaction.currentSealingKey()?.sealID ?? 0
    try makeSealingKey(id: sealing + KeyLifetime.numbersOfCopies, transaction)
    let bundle = try transaction.greatestSignedPrekeyID()
    try makeBundle(id: bundle + KeyLifetime.numbersOfCopies, transaction)
  }

  /// A scalar (32) and a sealing secret (32), in one private value.
  private func makeSealingKey(id: UInt32, _ transaction: VaultTransaction) throws {
    try transaction.insertSealingKey(
      SealingKeyRecord(sealID: id, createdAt: nowSeconds),
      privateKey: environment.randomness.secret(byteCount: 32 + SealingSecret.byteCount))
  }

  /// A new signed prekey and the bundle that names it with the current sealing key (C2).
  ///
  /// The record is bundle hash (32) ‖ signed bundle: the hash goes into the context of every session that is started.
  private func makeBundle(id: UInt32, _ transaction: VaultTransaction) throws {
    guard let sealing = try transaction.currentSealingKey() else {
      throw MessagingError.damagedRecord(table: "sealing_key")
    }
    let prekey = try SignedPrekey(bundleID: id, from: environment.randomness)
    let bundle = try PrekeyBundle.signed(
      by: own.identity, signedPrekey: prekey, issuedAt: UInt64(clamping: nowSeconds), sealID: sealing.sealID,
      sealKey: try sealingPublicKey(sealing.sealID, transaction))
    try transaction.insertSignedPrekey(
      SignedPrekeyRecord(bundleID: id, createdAt: nowSeconds, body: bundle.hash.array + bundle.signedBytes),
      privateKey: prekey.archive())
  }

  /// The public half of one of the own sealing keys.
  func sealingPublicKey(_ sealID: UInt32, _ transaction: VaultTransaction) throws -> X25519PublicKey {
    guard let key = try caches.sealingKey(sealID, transaction) else {
      throw MessagingError.damagedRecord(table: "sealing_key")
    }
    return key.own.pair.publicKey
  }

  /// Fresh one-time prekeys, all of which replace the unserved ones once they are published.
  func makeOneTimePrekeys(_ transaction: VaultTransaction) throws -> [[UInt8]] {
    var records: [[UInt8]] = []
    var id = try transaction.greatestOneTimePrekeyID()
    try transaction.supersedeAllOneTimePrekeys(at: nowSeconds)
    for _ in 0..<environment.oneTimePrekeyCount {
      id += 1
      let prekey = try OneTimePrekey(id: id, from: environment.randomness)
      let record = try prekey.record(signedBy: own.identity)
      try transaction.insertOneTimePrekey(
        .init(id: id, createdAt: nowSeconds, body: record), privateKey: prekey.archive())
      records.append(record)
    }
    return records
  }
}
