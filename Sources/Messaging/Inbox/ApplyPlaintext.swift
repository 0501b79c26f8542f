import ByteLayout
import KeyAgreement
import MessageContent
import Primitives
import SealedSender
import SecretMemory
import Vault

extension Messenger {
  /// What an authenticated plaintext (C5) means; a malformed one is consumed and means nothing.
  func apply(
    plaintext bytes: [UInt8], from peer: AuthenticatedPeer, storedAt: Int64, _ transaction: VaultTransaction
  ) throws {
    guard let plaintext = parsed({ () throws(LayoutError) in try SessionPlaintext.parse(bytes) }) else { return }
    var device = peer.device
    var body = try PeerDeviceBody(device.body)
    if let announced = plaintext.sealingKey { learnSealingKey(announced.sealID, announced.key.bytes, &body) }
    device.acknowledgedUpTo = max(device.acknowledgedUpTo, min(plaintext.pairAck, device.nextPairSeq - 1))
    if body.announcedSealID != 0, device.acknowledgedUpTo >= body.announcedAt {
      body.knownSealID = body.announcedSealID
    }
    device.body = body.bytes
    try transaction.updatePeerDevice(device)
    _ = try transaction.dropSentLogCovered(peerDeviceID: device.id, upTo: device.acknowledgedUpTo)
    if device.acknowledgedUpTo > 0 { try finishInvite(contact: peer.contact.id, transaction) }
    try compareLists(plaintext, peer, transaction)
    guard plaintext.pairSeq > 0 else { return }
    let (isNew, _) = try transaction.noteReceived(peerDeviceID: device.id, pairSeq: plaintext.pairSeq)
    // A repetition has the same message ids, so that applying it again would change nothing either.
    guard isNew, plaintext.kind == .content || plaintext.kind == .control else { return }
    let decoded: DecodedContent
    do throws(ContentError) {
      // The conversation is the authenticated session's; a conversation field is for groups only, and refused.
      decoded = try ContentCodec.decode(plaintext.content)
    } catch { return }  // authentic, but malformed
    try apply(decoded, encoded: plaintext.content, from: peer, storedAt: storedAt, transaction)
  }

  private func apply(
    _ content: DecodedContent, encoded: [UInt8], from peer: AuthenticatedPeer, storedAt: Int64,
    _ transaction: VaultTransaction
  ) throws {
    guard case .known(let known) = content else {
      return try insertIncoming(content, encoded: encoded, from: peer, storedAt: storedAt, transaction)
    }
    switch known.kind {
    case .body: try insertIncoming(content, encoded: encoded, from: peer, storedAt: storedAt, transaction)
    case .receipt(let receipt): try apply(receipt, from: peer, transaction)
    case .control(.introduction(let introduction)):
      try apply(introduction.replyPath, introducedAs: introduction.name, from: peer, transaction)
    case .control(.replyPath(let path)): try apply(path, introducedAs: nil, from: peer, transaction)
    // Resending is not asked for yet, and pairAck was read with the prefix.
    case .control(.gone), .control(.retryRequest), .control(.pairAckOnly): return
    }
  }

  /// The contact has used what I sent: its invite's entry is not needed any more.
  private func finishInvite(contact: Int64, _ transaction: VaultTransaction) throws {
    for invite in try transaction.invites(state: InviteState.used.rawValue) where invite.contactID == contact {
      try setInviteState(invite.id, .finished, transaction)
    }
  }

  /// Where and how to write to the contact from now on (C9).
  private func apply(
    _ path: ReplyPath, introducedAs name: String?, from peer: AuthenticatedPeer, _ transaction: VaultTransaction
  ) throws {
    var (record, body) = try contactAndBody(peer.contact.id, transaction)
    let account = try AccountID(validating: body.account)
    let lists: DeviceLists
    do throws(KeyAgreementError) { lists = try DeviceLists(verifying: path.lists, account: account) } catch {
      return  // a path that does not verify changes nothing
    }
    guard try acceptLists(lists, &body, contact: record.id, transaction) else {
      try appendEvent(.equivocation, message: nil, transaction)
      return
    }
    if let name, body.hasPlaceholderName {
      body.name = try freeName(name, transaction)
      body.hasPlaceholderName = false
      record.nameHash = nameHash(body.name, transaction)
    }
    record.body = try body.bytes
    try transaction.updateContact(record)
    try transaction.setTheirSlotSecret(SecretBytes(copying: path.slotSecret.bytes), contactID: record.id)
    guard var device = try transaction.peerDevice(id: peer.device.id) else { return }
    var deviceBody = try PeerDeviceBody(device.body)
    do throws(PrimitiveError) {
      learnSealingKey(path.sealID, try X25519PublicKey(validating: path.sealingKey).bytes, &deviceBody)
    } catch { return }  // a key that is not canonical is not learnt
    device.body = deviceBody.bytes
    try transaction.updatePeerDevice(device)
  }

  /// Compares the list versions that every message repeats (C5): newer → fetch, equal with another hash → equivocation.
  private func compareLists(
    _ plaintext: SessionPlaintext, _ peer: AuthenticatedPeer, _ transaction: VaultTransaction
  ) throws {
    var (record, body) = try contactAndBody(peer.contact.id, transaction)
    guard let pinned = try pinnedLists(body)?.current else { return }
    let theirs = plaintext.ownList
    if theirs.version > pinned.version.packed {
      guard !body.wantsLists else { return }
      body.wantsLists = true
      record.body = try body.bytes
      try transaction.updateContact(record)
    } else if theirs.version == pinned.version.packed, theirs.hash16 != pinned.hash.prefix() {
      try appendEvent(.equivocation, message: nil, transaction)
    }
  }
}
