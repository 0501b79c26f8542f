import ByteLayout
import RelayWire
import Vault

extension Messenger {
  /// The user says that every other copy of this vault is gone: it is taken over as the only one (`sotto vault adopt`).
  ///
  /// Nothing is sent before a relay has taken the new fence; the next opening of each mailbox asks for it. From then on any
  /// other copy is the one that is fenced.
  /// - Throws: ``MessagingError/notCopied`` when no relay has called this vault a copy.
  package func adopt() throws {
    try vault.write { transaction in
      guard try transaction.deviceValue(.copied) != nil else { throw MessagingError.notCopied }
      try setTakingOver(try transaction.mailboxes().map(\.id), transaction)
    }
  }

  /// Whether this mailbox is to be taken over at its next opening.
  func isTakingOver(_ mailbox: Int64, _ transaction: VaultTransaction) throws -> Bool {
    try takingOver(transaction).contains(mailbox)
  }

  /// Whether this vault was taken over once: it may be older than what its peers have seen.
  func wasAdopted(_ transaction: VaultTransaction) throws -> Bool {
    try transaction.deviceValue(.adopted) != nil
  }

  /// The relay has given the mailbox to this vault: everything that another copy may have changed there is made anew.
  func tookOver(_ id: Int64, _ state: inout MailboxState, reply: OpenReply, _ transaction: VaultTransaction) throws {
    if reply.acknowledged > state.cursor {
      // The other copy has read further. What it read is not here; the numbers of the senders will show it.
      state.cursor = reply.acknowledged
      state.epoch = reply.epoch
      state.logHead = nil
      state.checkpoint = nil
    }
    try publishEverythingAgain(&state, transaction)
    let left = try takingOver(transaction).filter { $0 != id }
    try setTakingOver(left, transaction)
    guard try transaction.deviceValue(.copied) != nil else { return }
    try transaction.deleteDeviceValue(.copied)
    var now = LayoutWriter()
    now.uint64(UInt64(clamping: nowSeconds))
    try transaction.setDeviceValue(.adopted, now.bytes)
    try makeKeysBeyondCopies(transaction)
    try renewEverySession(transaction)
    try appendEvent(.vaultAdopted, message: nil, transaction)
  }

  /// Every session with a contact's device is replaced; the old ones receive only since the vault was fenced.
  private func renewEverySession(_ transaction: VaultTransaction) throws {
    for contact in try transaction.contacts() {
      for device in try transaction.peerDevices(contactID: contact.id) {
        if contact.status == ContactStatus.accepted.rawValue { try renewSecretChats(device, transaction) }
        guard let newest = try candidates(peer: device.id, transaction).max(by: { $0.id < $1.id }) else { continue }
        try changeHealing(peer: device.id, transaction) { healing in
          healing.renewals = 0
          healing.isBroken = false
          if contact.status == ContactStatus.accepted.rawValue {
            try renew(device.id, replacing: newest.body.sessionID, &healing, transaction)
          } else {
            // A stranger hears of it with the next message, if there ever is one.
            healing.renewing = newest.body.sessionID
          }
        }
      }
    }
  }

  private func takingOver(_ transaction: VaultTransaction) throws -> [Int64] {
    guard let bytes = try transaction.deviceValue(.takingOver) else { return [] }
    var reader = LayoutReader(bytes)
    return try (0..<bytes.count / 8).map { _ in Int64(bitPattern: try reader.uint64()) }
  }

  private func setTakingOver(_ mailboxes: [Int64], _ transaction: VaultTransaction) throws {
    guard !mailboxes.isEmpty else { return try transaction.deleteDeviceValue(.takingOver) }
    var writer = LayoutWriter()
    for id in mailboxes { writer.uint64(UInt64(bitPattern: id)) }
    try transaction.setDeviceValue(.takingOver, writer.bytes)
  }
}
