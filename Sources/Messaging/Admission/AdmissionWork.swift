import Ambient
import ByteLayout
import KeyAgreement
import Primitives
import RelayWire
import Vault

/// How far ahead slots are registered (C9).
enum AdmissionSchedule {
  /// Days of tags that a relay holds in advance.
  static let daysAhead: UInt32 = 45
  /// Registration goes on once fewer days than this are left.
  static let renewalThreshold: UInt32 = 44
  /// An invite's entry serves this long.
  static let inviteDays: UInt32 = 30
  /// And this often: the first message, its repetitions, and bundles.
  static let inviteUses: UInt16 = 16
}

extension Messenger {
  /// The admission entries that this mailbox lacks: the next days of every slot, free ones included, in random order, so
  /// that neither the number of contacts nor which tags belong together shows; and invites.
  func admissionWork(_ state: MailboxState, _ transaction: VaultTransaction) throws -> OwnerWork? {
    let today = now.day
    var add: [AdmissionEntry] = []
    var remove: [AdmissionHash] = []
    var slots: [Int64] = []
    let lastDay = today + AdmissionSchedule.daysAhead
    for slot in try transaction.slots(registeredBefore: today + AdmissionSchedule.renewalThreshold) {
      let secret = try transaction.slotSecret(id: slot.id)
      let firstDay = max(slot.registeredUntilDay + 1, today - 1)
      for day in firstDay...lastDay {
        let tag = try DeliveryTags.slotTag(slotSecret: secret, mailbox: state.mailbox.bytes, day: day)
        add.append(
          try AdmissionEntry(
            hash: hash(of: tag, state), fromDay: day - 1, untilDay: day + 1, uses: 0, admissionClass: .contact,
            rights: [.put, .bundle, .blob]))
      }
      slots.append(slot.id)
      // A frame takes 4 096 entries; the rest follows in the next part.
      if add.count > 4_096 - 2 * Int(AdmissionSchedule.daysAhead) - 64 { break }
    }
    shuffle(&add)
    var invites: [Int64] = []
    for invite in try transaction.invites(state: InviteState.new.rawValue).prefix(16) {
      let token = try transaction.inviteToken(inviteID: invite.id)
      let tag = try DeliveryTags.inviteTag(token: token, mailbox: state.mailbox.bytes)
      add.append(
        try AdmissionEntry(
          hash: hash(of: tag, state), fromDay: today - 1, untilDay: today + AdmissionSchedule.inviteDays,
          uses: invite.kind == InviteKind.single.rawValue ? AdmissionSchedule.inviteUses : 0,
          admissionClass: .request, rights: [.put, .bundle]))
      invites.append(invite.id)
    }
    var retired: [Int64] = []
    for invite in try transaction.invites(state: InviteState.finished.rawValue).prefix(16) {
      let token = try transaction.inviteToken(inviteID: invite.id)
      remove.append(hash(of: try DeliveryTags.inviteTag(token: token, mailbox: state.mailbox.bytes), state))
      retired.append(invite.id)
    }
    for slot in try transaction.retiredSlots() {
      let secret = try transaction.slotSecret(id: slot.id)
      for day in (today - 1)...max(slot.registeredUntilDay, today) {
        let tag = try DeliveryTags.slotTag(slotSecret: secret, mailbox: state.mailbox.bytes, day: day)
        remove.append(hash(of: tag, state))
      }
      slots.append(slot.id)
      if remove.count > 2_000 { break }
    }
    guard !add.isEmpty || !remove.isEmpty else { return nil }
    return .setAdmission(
      try AdmissionChange(mailbox: state.mailbox, add: add, remove: remove), slots: slots, untilDay: lastDay,
      invites: invites, retiredInvites: retired)
  }

  private func hash(of tag: FixedBytes<16>, _ state: MailboxState) -> AdmissionHash {
    AdmissionHash(DeliveryTags.admissionHash(mailbox: state.mailbox.bytes, tag: tag))
  }

  /// Fisher–Yates with the injected randomness.
  private func shuffle(_ entries: inout [AdmissionEntry]) {
    guard entries.count > 1 else { return }
    for index in stride(from: entries.count - 1, to: 0, by: -1) {
      entries.swapAt(index, Int(environment.jitter.number(in: 0...Int64(index))))
    }
  }

  /// A free slot for a contact; a full pool doubles first, so that its size says little (C9).
  func takeSlot(for contact: Int64, _ transaction: VaultTransaction) throws -> Int64 {
    if let slot = try transaction.slot(contactID: contact) { return slot.id }
    if try transaction.freeSlots().isEmpty {
      for _ in 0..<max(try transaction.slotCount(), Self.initialSlotCount) {
        _ = try transaction.insertSlot(
          SlotRecord(registeredUntilDay: 0), secret: environment.randomness.secret(byteCount: 32))
      }
    }
    guard let slot = try transaction.freeSlots().first else { throw MessagingError.damagedRecord(table: "slot") }
    try transaction.assignSlot(id: slot.id, contactID: contact)
    return slot.id
  }
}
