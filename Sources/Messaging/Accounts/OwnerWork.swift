package import ByteLayout
import KeyAgreement
package import RelayWire
import Vault

/// Something to be done on the owner's connection, and what to note once the relay has answered `Done`.
package enum OwnerWork: Hashable, Sendable {
  /// Upload admission entries; these slots and invites are then registered.
  case setAdmission(AdmissionChange, slots: [Int64], untilDay: UInt32, invites: [Int64], retiredInvites: [Int64])
  /// Publish lists, bundle and one-time prekeys.
  case publish(PublishCommand, bundleID: UInt32, listsHash: FixedBytes<32>, refilled: Bool)
}

extension Messenger {
  /// What the owner's connection of this mailbox should do next; nil when everything is up to date.
  ///
  /// Until ``ownerWorkDone(_:mailbox:)`` it is asked for again, so a lost answer only repeats it. A repeated refill has
  /// fresh one-time prekeys; those of the first try stay usable for as long as superseded ones do.
  package func nextOwnerWork(mailbox id: Int64) throws -> OwnerWork? {
    try vault.write { transaction in
      let state = try mailboxState(id, transaction)
      if let work = try admissionWork(state, transaction) { return work }
      return try publishWork(id, state, transaction)
    }
  }

  /// The relay has done it.
  package func ownerWorkDone(_ work: OwnerWork, mailbox id: Int64) throws {
    try vault.write { transaction in
      switch work {
      case .setAdmission(_, let slots, let untilDay, let invites, let retired):
        try transaction.setSlotsRegistered(ids: slots, untilDay: untilDay)
        try transaction.deleteRetiredSlots(among: slots)
        for invite in invites {
          let isUsed = try transaction.invite(id: invite)?.contactID != nil
          try setInviteState(invite, isUsed ? .used : .registered, transaction)
        }
        for invite in retired { try setInviteState(invite, .retired, transaction) }
      case .publish(_, let bundleID, let listsHash, let refilled):
        var state = try mailboxState(id, transaction)
        if state.publishedBundleID != bundleID {
          // The successor is published from now on: the clocks of the older keys start.
          try transaction.supersedeSignedPrekeys(before: bundleID, at: nowSeconds)
          if let sealing = try transaction.currentSealingKey() {
            try transaction.supersedeSealingKeys(before: sealing.sealID, at: nowSeconds)
          }
        }
        state.publishedBundleID = bundleID
        state.publishedListsHash = listsHash
        if refilled { state.wantsOneTimeRefill = false }
        try setMailboxState(id, state, transaction)
      }
    }
  }

  /// The relay may not have what it was given: everything is brought to it once more, with fresh one-time prekeys, since
  /// it might hand out used ones again.
  func publishEverythingAgain(_ state: inout MailboxState, _ transaction: VaultTransaction) throws {
    state.publishedBundleID = 0
    state.publishedListsHash = FixedBytes()
    state.wantsOneTimeRefill = true
    try transaction.setSlotsRegistered(ids: try transaction.slots().map(\.id), untilDay: 0)
    for known in [InviteState.registered, .used] {
      for var invite in try transaction.invites(state: known.rawValue) {
        invite.state = InviteState.new.rawValue
        try transaction.updateInvite(invite)
      }
    }
  }

  private func publishWork(_ id: Int64, _ state: MailboxState, _ transaction: VaultTransaction) throws -> OwnerWork? {
    let lists = try ownLists(transaction)
    guard let bundle = try transaction.currentSignedPrekey() else {
      throw MessagingError.damagedRecord(table: "signed_prekey")
    }
    guard
      state.publishedBundleID != bundle.bundleID || state.publishedListsHash != lists.current.hash
        || state.wantsOneTimeRefill
    else { return nil }
    func seal(_ type: PublishedItem.Kind, _ kind: SealedItem.Kind, _ bytes: [UInt8]) throws -> SealedItem {
      try SealedItem(
        kind,
        PublishedItem.seal(
          bytes, kind: type, account: own.account, mailbox: state.mailbox.bytes, randomness: environment.randomness))
    }
    let oneTime = state.wantsOneTimeRefill ? try makeOneTimePrekeys(transaction) : []
    let command = try PublishCommand(
      mailbox: state.mailbox, lists: try seal(.lists, .lists, lists.bytes),
      bundle: try seal(.bundle, .bundle, [UInt8](bundle.body.dropFirst(32))),
      oneTime: try oneTime.map { try seal(.oneTimePrekey, .oneTime, $0) },
      replacesOneTime: state.wantsOneTimeRefill)
    return .publish(
      command, bundleID: bundle.bundleID, listsHash: lists.current.hash, refilled: state.wantsOneTimeRefill)
  }
}
