import ByteLayout
import SealedSender
import Vault
import Verification

/// An authentic session message, as it waits for a session that can decrypt it: kind u8 ‖ stored at u64 ‖ payload.
struct QuarantinedMessage: Hashable, Sendable {
  let kind: EnvelopeKind
  /// By the relay, unix seconds.
  let storedAt: Int64
  /// The sealed layer's payload: a session message, behind its session start if there is one.
  let payload: [UInt8]

  init(kind: EnvelopeKind, storedAt: Int64, payload: [UInt8]) {
    self.kind = kind
    self.storedAt = storedAt
    self.payload = payload
  }

  init(_ bytes: [UInt8]) throws(LayoutError) {
    var reader = LayoutReader(bytes)
    let number = try reader.uint8()
    guard let kind = EnvelopeKind(rawValue: number) else {
      throw .unknownValue(field: "quarantined kind", value: Int(number))
    }
    self.kind = kind
    storedAt = Int64(clamping: try reader.uint64())
    payload = [UInt8](reader.rest())
  }

  var bytes: [UInt8] {
    var writer = LayoutWriter()
    writer.uint8(kind.rawValue)
    writer.uint64(UInt64(clamping: storedAt))
    writer.append(payload)
    return writer.bytes
  }
}

extension Messenger {
  /// What to keep of a message that could not be decrypted, nil unless an accepted contact's pinned device has sent it.
  func suspect(
    _ message: SessionMessage, _ quarantined: QuarantinedMessage, from peer: AuthenticatedPeer?,
    _ transaction: VaultTransaction
  ) -> EnvelopeOutcome.Suspect? {
    guard let peer, peer.contact.status == ContactStatus.accepted.rawValue else { return nil }
    return EnvelopeOutcome.Suspect(
      sessionID: message.sessionID, storedAt: quarantined.storedAt,
      record: QuarantineRecord(
        peerDeviceID: peer.device.id, sessionHash: sessionHash(message.sessionID, transaction),
        messageHash: seenHash(message), at: nowSeconds, body: quarantined.bytes))
  }

  /// Keeps a message that could not be decrypted, and sees whether its session has to be renewed.
  func quarantine(_ suspect: EnvelopeOutcome.Suspect, _ transaction: VaultTransaction) throws {
    let peer = suspect.record.peerDeviceID
    // The same message once more proves nothing new.
    guard
      try !transaction.isQuarantined(peerDeviceID: peer, messageHash: suspect.record.messageHash)
    else { return }
    if try transaction.quarantineCount(peerDeviceID: peer) < HealingLimits.quarantineCount {
      try transaction.insertQuarantine(suspect.record)
    }
    try changeHealing(peer: peer, transaction) { healing in
      healing.hasQuarantine = true
      healing.suspectSession = suspect.sessionID
      if healing.renewing != nil, try secretChat(ofSession: suspect.sessionID, peer: peer, transaction) == nil {
        healing.renewing = suspect.sessionID
      }
      // What was sent before the last renewal could be read says nothing against it.
      guard healing.lastRenewalAt == 0 || suspect.storedAt > healing.lastRenewalAt else { return }
      try renewWhenAllowed(peer, &healing, transaction)
    }
  }

  /// A session has arrived: messages that came before it are tried again. What was a message for it is decrypted now.
  func retryQuarantine(session hash: FixedBytes<16>, from peer: AuthenticatedPeer, _ transaction: VaultTransaction)
    throws
  {
    for record in try transaction.quarantine(sessionHash: hash) where record.peerDeviceID == peer.device.id {
      let quarantined = try QuarantinedMessage(record.body)
      try transaction.savepoint {
        // Its prefix may have changed what is known of the device.
        guard let device = try transaction.peerDevice(id: peer.device.id) else { return false }
        let (contact, body) = try contactAndBody(device.contactID, transaction)
        let sender = AuthenticatedPeer(contact: contact, contactBody: body, device: device)
        guard try open(quarantined, from: sender, transaction).isSettled else { return false }
        try transaction.deleteQuarantine(id: record.id)
        return true
      }
    }
  }

  private func open(
    _ quarantined: QuarantinedMessage, from peer: AuthenticatedPeer, _ transaction: VaultTransaction
  ) throws -> EnvelopeOutcome {
    switch quarantined.kind {
    case .sessionMessage:
      guard let message = parsed({ () throws(LayoutError) in try SessionMessage.parse(quarantined.payload[...]) })
      else { return .dropped }
      return try receive(message, from: peer, storedAt: quarantined.storedAt, transaction)
    case .sessionStart:
      let sender = try SealedSenderIdentity(peer)
      return try receiveStart(quarantined.payload, sender, peer, storedAt: quarantined.storedAt, transaction)
    case .senderKeyMessage, .ephemeral: return .dropped
    }
  }

  /// Lets go of what no session has come for, and tells the user once of what no number will tell of.
  ///
  /// If something was decrypted since, the numbers between the devices show what is missing; then they tell.
  func expireQuarantine(_ transaction: VaultTransaction) throws {
    var lost: [Int64: UInt32] = [:]
    for record in try transaction.quarantine(before: nowSeconds - HealingLimits.grace + 1, limit: 1_024) {
      try transaction.deleteQuarantine(id: record.id)
      let decryptedAt = try healing(peer: record.peerDeviceID, transaction).lastDecryptedAt
      if decryptedAt <= record.at { lost[record.peerDeviceID, default: 0] += 1 }
    }
    for (peer, count) in lost.sorted(by: { $0.key < $1.key }) {
      guard let device = try transaction.peerDevice(id: peer) else { continue }
      try appendEvent(.messageUndecryptable, contact: device.contactID, count: count, transaction)
      try changeHealing(peer: peer, transaction) { $0.toldLost += count }
    }
  }
}

extension SealedSenderIdentity {
  /// The names that the sealed layer proved when the message came.
  fileprivate init(_ peer: AuthenticatedPeer) throws {
    self.init(
      account: peer.contactBody.account, device: peer.device.deviceNumber,
      deviceKey: VerifyingKey(try PeerDeviceBody(peer.device.body).deviceKey))
  }
}
