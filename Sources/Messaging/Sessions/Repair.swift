import ByteLayout
import MessageContent
import Vault

extension Messenger {
  /// Begins a renewal, or puts it off until its time; after three that brought nothing, tells the user and is quiet.
  func renewWhenAllowed(_ peer: Int64, _ healing: inout Healing, _ transaction: VaultTransaction) throws {
    guard !healing.isBroken, healing.renewing == nil else { return }
    let interval = HealingLimits.doubled(
      HealingLimits.renewalInterval, count: healing.renewals, longest: HealingLimits.longestRenewalInterval)
    guard healing.lastRenewalAt == 0 || nowSeconds >= healing.lastRenewalAt + interval else {
      return try setTimer(.renewal, peer: peer, at: healing.lastRenewalAt + interval, transaction)
    }
    try clearTimer(.renewal, peer: peer, transaction)
    guard healing.renewals < HealingLimits.fruitlessRenewals else {
      healing.isBroken = true
      guard let device = try transaction.peerDevice(id: peer) else { return }
      return try appendEvent(.sessionBroken, contact: device.contactID, count: 1, transaction)
    }
    healing.renewals += 1
    try renew(peer, replacing: healing.suspectSession, &healing, transaction)
  }

  /// Asks for a handshake that replaces a session, normal or of a secret chat, and gives it something to carry: the way to
  /// answer, which the device may never have had, or have lost with the session.
  func renew(
    _ peer: Int64, replacing session: FixedBytes<16>, _ healing: inout Healing, _ transaction: VaultTransaction
  ) throws {
    guard let device = try transaction.peerDevice(id: peer) else { return }
    healing.lastRenewalAt = nowSeconds
    if let chat = try secretChat(ofSession: session, peer: peer, transaction) {
      return try renewSecretChat(chat, device, transaction)
    }
    healing.renewing = session
    try enqueueIntroduction(contact: device.contactID, device: device.id, notBefore: now, transaction)
  }

  /// Puts a control message for one device into the outbox.
  func enqueue(_ control: Control, to device: PeerDeviceRecord, _ transaction: VaultTransaction) throws {
    try enqueue(
      .control, contact: device.contactID, device: device.id, message: nil, content: try encode(.control(control)),
      notBefore: now, transaction)
  }

  /// Something was decrypted: whatever was broken is not, and may be repaired again from the start.
  func noteDecrypted(_ healing: inout Healing, peer: Int64, _ transaction: VaultTransaction) throws {
    if healing.lastDecryptedAt == 0 { healing.firstContactRepeats = 0 }
    if healing.hasQuarantine || healing.lastDecryptedAt == 0 { healing.lastDecryptedAt = nowSeconds }
    guard healing.renewals > 0 || healing.isBroken else { return }
    healing.renewals = 0
    healing.isBroken = false
    try clearTimer(.renewal, peer: peer, transaction)
  }

  /// The user writes to somebody whose sessions do not heal: that is reason to try once more.
  func renewBroken(contact: Int64, _ transaction: VaultTransaction) throws {
    for device in try transaction.peerDevices(contactID: contact) {
      try changeHealing(peer: device.id, transaction) { healing in
        guard healing.isBroken else { return }
        healing.isBroken = false
        healing.renewals = 0
        try renewWhenAllowed(device.id, &healing, transaction)
      }
    }
  }
}
