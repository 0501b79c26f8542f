import ByteLayout
import DoubleRatchet
import KeyAgreement
import MessageContent
import Primitives
import RelayWire
import SealedSender
import Vault

extension Messenger {
  /// The second transaction of sending: one ratchet step, the session message, the sealed bytes in the outbox.
  ///
  /// Nil when there is nothing left to send (the message's key was destroyed, or its time is over): the row is gone then.
  func encrypt(
    _ row: OutboxRecord, _ peer: PeerDeviceRecord, _ entry: DeviceEntry, _ route: RelayRoute, _ lists: DeviceLists,
    _ transaction: VaultTransaction
  ) throws -> (OutboxRecord, OutboxBody.SealedPut)? {
    guard let content = try content(of: row, for: peer, transaction) else {
      try transaction.deleteOutbox(id: row.id)
      return nil
    }
    guard let session = try sendingSession(of: row, peer: peer.id, transaction) else { return nil }
    var row = row
    var peer = peer
    var peerBody = try PeerDeviceBody(peer.body)
    let pairSeq = row.pairSeq ?? peer.nextPairSeq
    if row.pairSeq == nil { peer.nextPairSeq += 1 }
    row.pairSeq = pairSeq
    let plaintext = try SessionPlaintext(
      kind: [OutboxKind.control, .profile].contains { $0.rawValue == row.kind } ? .control : .content,
      ownList: mark(try ownLists(transaction).current), yourList: mark(lists.current), pairSeq: pairSeq,
      pairAck: peer.receivedUpTo, sealingKey: try announcement(&peerBody, pairSeq: pairSeq, transaction),
      content: content)

    let ratchet = try ratchet(session: session.id, transaction)
    let serialized = try plaintext.serialized()
    // What the envelope would only be padded with: units of the post-quantum ratchet cost it no larger size.
    let payloadByteCount =
      session.body.start.count + SessionMessage.prefixByteCount + ratchet.state.overheadByteCount + serialized.count
    let size = try SizeClass(forPayloadByteCount: payloadByteCount)
    let message = try ratchet.state.encrypt(serialized, reserve: size.payloadByteCount - payloadByteCount)
    try transaction.keep(ratchet, sessionID: session.id, isChanged: true)
    let sessionMessage = try SessionMessage(
      sessionID: session.body.sessionID, header: message.header.bytes, ciphertext: message.ciphertext)
    let envelopeID: FixedBytes<16> = environment.randomness.fixed()
    let envelope = try SealedEnvelope.seal(
      payload: session.body.start + sessionMessage.serialized,
      kind: session.body.start.isEmpty ? .sessionMessage : .sessionStart, sender: own.sealedSenderIdentity,
      senderAgreementKeyPair: own.identity.agreementKeyPair, mailbox: route.mailbox, envelopeID: envelopeID,
      sealID: peerBody.sealID, sealKey: try X25519PublicKey(validating: peerBody.sealKey),
      sealSecret: try peerBody.sealingSecret(),
      randomness: environment.randomness)
    let token = try DeletionTokens.deletionToken(tokenKey: own.tokenKey, mailbox: route.mailbox, envelopeID: envelopeID)
    let put = OutboxBody.SealedPut(
      host: route.host, relayKey: RelayKey(route.relayKey), mailbox: MailboxID(route.mailbox),
      envelopeID: EnvelopeID(envelopeID), deletionHash: DeletionHash(DeletionTokens.deletionHash(of: token)),
      envelope: envelope)

    row.state = OutboxState.ready.rawValue
    row.body = try OutboxBody.envelope(put).bytes
    try transaction.updateOutbox(row)
    peer.body = peerBody.bytes
    try transaction.updatePeerDevice(peer)
    if try transaction.sentLog(peerDeviceID: peer.id, pairSeq: pairSeq) == nil {
      try transaction.insertSentLog(
        SentLogRecord(
          peerDeviceID: peer.id, pairSeq: pairSeq, messageID: row.messageID, at: nowSeconds, kind: row.kind,
          conversationID: row.conversationID),
        content: row.messageID == nil ? content : nil)
    }
    try noteCarried(to: peer, transaction)
    return (row, put)
  }

  /// The pairAck has been carried; and who has acknowledged nothing yet is written to again in a day.
  private func noteCarried(to peer: PeerDeviceRecord, _ transaction: VaultTransaction) throws {
    try changeHealing(peer: peer.id, transaction) { healing in
      if healing.owesPairAck {
        healing.owesPairAck = false
        try clearTimer(.pairAck, peer: peer.id, transaction)
      }
      guard peer.acknowledgedUpTo == 0, healing.firstContactRepeats < HealingLimits.firstContactRepeats,
        try !hasTimer(.firstContact, peer: peer.id, transaction)
      else { return }
      try setTimer(.firstContact, peer: peer.id, at: nowSeconds + HealingLimits.firstContactInterval, transaction)
    }
  }

  private func content(
    of row: OutboxRecord, for peer: PeerDeviceRecord, _ transaction: VaultTransaction
  ) throws -> [UInt8]? {
    if let message = row.messageID {
      if row.kind == OutboxKind.edit.rawValue { return try encodedEdit(of: message, transaction) }
      guard try mayBeSent(message: message, transaction) else { return nil }
      return try transaction.messageContent(id: message).flatMap { try content($0, for: peer, transaction) }
    }
    if row.kind == OutboxKind.profile.rawValue { return try encode(.control(.profile(ownProfile(transaction)))) }
    guard case .content(let content) = try OutboxBody(row.body) else {
      throw MessagingError.damagedRecord(table: "outbox")
    }
    return content
  }

  /// Version and hash of a device list, as every message repeats them (C5).
  func mark(_ list: DeviceList) -> ListMark {
    ListMark(version: list.version.packed, hash16: list.hash.prefix())
  }

  /// My sealing key, for as long as the peer is not known to have it (C5, extension 1).
  private func announcement(
    _ body: inout PeerDeviceBody, pairSeq: UInt64, _ transaction: VaultTransaction
  ) throws -> SealingKeyAnnouncement? {
    guard let current = try transaction.currentSealingKey(), body.knownSealID != current.sealID else { return nil }
    if body.announcedSealID != current.sealID {
      body.announcedSealID = current.sealID
      body.announcedAt = pairSeq
    }
    guard let key = try caches.sealingKey(current.sealID, transaction) else {
      throw MessagingError.damagedRecord(table: "sealing_key")
    }
    return SealingKeyAnnouncement(
      sealID: current.sealID, key: key.own.pair.publicKey,
      secret: key.own.secret?.announced)
  }
}
