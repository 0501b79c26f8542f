import ByteLayout
import KeyAgreement
import MessageContent
import RelayWire
import SecretMemory
import Vault
import Verification

extension Messenger {
  /// All contacts, in the order in which they came.
  package func contacts() throws -> [ContactSummary] {
    try vault.read { transaction in try transaction.contacts().map { try summary($0) } }
  }

  /// The contact of this name.
  ///
  /// - Throws: ``MessagingError/unknownContact(_:)``.
  package func contact(named name: String) throws -> ContactSummary {
    try vault.read { transaction in try summary(contactRecord(named: name, transaction)) }
  }

  /// The safety number of a contact (C12): 60 digits that both sides see, the same for ever.
  package func safetyNumber(contact id: Int64) throws -> String {
    try vault.read { transaction in
      let (_, body) = try contactAndBody(id, transaction)
      return SafetyNumber(own.account, try AccountID(validating: body.account)).digits
    }
  }

  /// Whether a session on which this contact is written to began without a one-time prekey: a relay had none left, or kept them
  /// back.
  package func lacksOneTimePrekey(contact id: Int64) throws -> Bool {
    try isSpokenOn(contact: id) { $0.lacksOneTimePrekey }
  }

  /// Whether a session on which this contact is written to was started by them, and their second ratchet key has not come yet: until then
  /// who holds the signed prekey and the sealing key of this device could have started it in their name (Protocol §9, attack 6).
  package func awaitsSecondKey(contact id: Int64) throws -> Bool {
    try isSpokenOn(contact: id) { $0.awaitsSecondKey }
  }

  /// Whether one of the sessions that carry the conversation with this contact is such a one.
  private func isSpokenOn(contact id: Int64, _ isSuch: (SessionBody) -> Bool) throws -> Bool {
    try vault.read { transaction in
      try transaction.peerDevices(contactID: id).contains { device in
        try sendingSession(peer: device.id, transaction).map { isSuch($0.body) } ?? false
      }
    }
  }

  /// Notes that the safety number was compared over another channel.
  package func markVerified(contact id: Int64) throws {
    try vault.write { transaction in
      var (record, body) = try contactAndBody(id, transaction)
      body.isVerified = true
      record.body = try body.bytes
      try transaction.updateContact(record)
      try appendEvent(.identityVerified, contact: id, transaction)
    }
  }

  /// Takes an invite: the contact, its slot and the introduction to send are one transaction. No network.
  ///
  /// - Throws: ``MessagingError/invalidInvite``, ``MessagingError/ownInvite``, ``MessagingError/alreadyContact(_:)``,
  ///   ``MessagingError/nameTaken(_:)``.
  package func addContact(invite text: String, as wantedName: String?) throws -> ContactSummary {
    let link: InviteLink
    do { link = try InviteLink(text: text) } catch { throw MessagingError.invalidInvite }
    guard link.account != own.account else { throw MessagingError.ownInvite }
    return try vault.write { transaction in
      let accountHash = accountHash(link.account.bytes, transaction)
      if let known = try transaction.contact(accountHash: accountHash) {
        throw MessagingError.alreadyContact(try ContactBody(known.body).name)
      }
      let name: String
      if let wantedName {
        let cleaned = try Self.usableName(wantedName)
        guard try transaction.contact(nameHash: nameHash(cleaned, transaction)) == nil else {
          throw MessagingError.nameTaken(cleaned)
        }
        name = cleaned
      } else {
        name = try freeName("contact", transaction)
      }
      var body = ContactBody(
        name: name, account: link.account.bytes, inviteHost: link.relay.text, inviteMailbox: link.mailbox)
      body.hasPlaceholderName = wantedName == nil
      let id = try transaction.insertContact(
        ContactRecord(
          id: 0, accountHash: accountHash, nameHash: nameHash(name, transaction), createdAt: nowSeconds,
          status: ContactStatus.adding.rawValue, body: try body.bytes))
      try transaction.setInviteToken(SecretBytes(copying: link.token.array), contactID: id)
      _ = try takeSlot(for: id, transaction)
      try enqueueIntroduction(contact: id, notBefore: now, transaction)
      try appendEvent(.contactAdded, contact: id, count: 1, transaction)
      guard let record = try transaction.contact(id: id) else {
        throw MessagingError.damagedRecord(table: "contact")
      }
      return try summary(record)
    }
  }

  func summary(_ record: ContactRecord) throws -> ContactSummary {
    let body = try ContactBody(record.body)
    return ContactSummary(
      id: record.id, name: body.name, address: try AccountID(validating: body.account).text,
      accountID: body.account, status: ContactStatus(rawValue: record.status) ?? .stranger, isVerified: body.isVerified)
  }

  func contactRecord(named name: String, _ transaction: VaultTransaction) throws -> ContactRecord {
    guard let record = try transaction.contact(nameHash: nameHash(DisplayName.cleaned(name), transaction)) else {
      throw MessagingError.unknownContact(name)
    }
    return record
  }

  func contactAndBody(_ id: Int64, _ transaction: VaultTransaction) throws -> (ContactRecord, ContactBody) {
    guard let record = try transaction.contact(id: id) else { throw MessagingError.damagedRecord(table: "contact") }
    return (record, try ContactBody(record.body))
  }

  /// `base`, or `base-2`, `base-3` … when it is taken.
  func freeName(_ base: String, _ transaction: VaultTransaction) throws -> String {
    var candidate = base
    var number = 2
    while try transaction.contact(nameHash: nameHash(candidate, transaction)) != nil {
      candidate = "\(base)-\(number)"
      number += 1
    }
    return candidate
  }

  func accountHash(_ account: FixedBytes<33>, _ transaction: VaultTransaction) -> FixedBytes<16> {
    transaction.lookup(label: "account", account.array)
  }

  func nameHash(_ name: String, _ transaction: VaultTransaction) -> FixedBytes<16> {
    transaction.lookup(label: "contact name", [UInt8](name.utf8))
  }

  func deviceKeyHash(_ key: FixedBytes<32>, _ transaction: VaultTransaction) -> FixedBytes<16> {
    transaction.lookup(label: "device key", key.array)
  }

  /// The devices of a contact that its pinned list names, each with a row of its own.
  func pin(_ lists: DeviceLists, contact id: Int64, _ body: inout ContactBody, _ transaction: VaultTransaction) throws {
    body.lists = lists.bytes
    body.wantsLists = false
    for entry in lists.current.entries {
      let hash = deviceKeyHash(entry.deviceKey.bytes, transaction)
      guard try transaction.peerDevice(keyHash: hash) == nil else { continue }
      _ = try transaction.insertPeerDevice(
        PeerDeviceRecord(
          id: 0, contactID: id, deviceNumber: entry.device.value, keyHash: hash, nextPairSeq: 1, receivedUpTo: 0,
          acknowledgedUpTo: 0, body: PeerDeviceBody(deviceKey: entry.deviceKey.bytes).bytes))
    }
  }

  /// The pinned lists of a contact, nil before they have been fetched.
  func pinnedLists(_ body: ContactBody) throws -> DeviceLists? {
    guard !body.lists.isEmpty else { return nil }
    return try caches.verifiedLists(body.lists, of: try AccountID(validating: body.account))
  }
}
