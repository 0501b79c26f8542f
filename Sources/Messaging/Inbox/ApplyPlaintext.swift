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
    // Only a vault that was restored from an older state can have forgotten numbers that it gave out.
    if plaintext.pairAck >= device.nextPairSeq, try wasAdopted(transaction) {
      device.nextPairSeq = min(plaintext.pairAck, PairRanges.maximumNumber - 1) + 1
    }
    if let announced = plaintext.sealingKey {
      learnSealingKey(announced.sealID, announced.key.bytes, secret: announced.secret, &body)
    }
    device.acknowledgedUpTo = max(device.acknowledgedUpTo, min(plaintext.pairAck, device.nextPairSeq - 1))
    if body.announcedSealID != 0, device.acknowledgedUpTo >= body.announcedAt {
      body.knownSealID = body.announcedSealID
    }
    device.body = body.bytes
    if device != peer.device { try transaction.updatePeerDevice(device) }
    if device.acknowledgedUpTo > peer.device.acknowledgedUpTo {
      _ = try transaction.dropSentLogCovered(peerDeviceID: device.id, upTo: device.acknowledgedUpTo)
      if peer.device.acknowledgedUpTo == 0 { try clearTimer(.firstContact, peer: device.id, transaction) }
      try finishInvite(contact: peer.contact.id, transaction)
    }
    try compareLists(plaintext, peer, transaction)
    guard plaintext.pairSeq > 0, plaintext.pairSeq <= PairRanges.maximumNumber else { return }
    let (isNew, upTo) = try transaction.noteReceived(peerDeviceID: device.id, pairSeq: plaintext.pairSeq)
    try changeHealing(peer: device.id, transaction) { healing in
      try noteDecrypted(&healing, peer: device.id, transaction)
      try noticeGap(at: plaintext.pairSeq, isNew: isNew, receivedUpTo: upTo, peer, &healing, transaction)
    }
    // A repetition has the same message ids, so that applying it again changes nothing. A known number with other content
    // comes from a vault that was restored from an older state: the message is new.
    guard plaintext.kind == .content || plaintext.kind == .control else { return }
    let decoded: DecodedContent
    do throws(ContentError) {
      // The conversation is the authenticated session's; a conversation field is for groups only, and refused.
      decoded = try ContentCodec.decode(plaintext.content)
    } catch { return }  // authentic, but malformed
    try apply(
      decoded, encoded: plaintext.content, pairSeq: plaintext.pairSeq, from: peer, storedAt: storedAt, transaction)
    guard Self.asksForPairAck(decoded), peer.contact.status == ContactStatus.accepted.rawValue else { return }
    try changeHealing(peer: device.id, transaction) { try owePairAck(device.id, &$0, transaction) }
  }

  /// Whether its number is acknowledged alone, if nothing else is sent: never for what only acknowledges.
  private static func asksForPairAck(_ content: DecodedContent) -> Bool {
    guard case .known(let known) = content else { return true }
    switch known.kind {
    case .receipt, .control(.pairAckOnly), .control(.gone): return false
    default: return true
    }
  }

  private func apply(
    _ content: DecodedContent, encoded: [UInt8], pairSeq: UInt64, from peer: AuthenticatedPeer, storedAt: Int64,
    _ transaction: VaultTransaction
  ) throws {
    // Nothing is said in a chat that was closed here; its number counts.
    if let chat = peer.secretChat, try isClosed(conversation: chat, transaction), !content.isControl { return }
    guard case .known(let known) = content else {
      return try insertIncoming(content, encoded: encoded, from: peer, storedAt: storedAt, transaction)
    }
    switch known.kind {
    case .body: try insertIncoming(content, encoded: encoded, from: peer, storedAt: storedAt, transaction)
    case .operation(let operation): try apply(operation, known.header, encoded: encoded, from: peer, transaction)
    case .receipt(let receipt): try apply(receipt, from: peer, transaction)
    case .control(.introduction(let introduction)):
      try apply(introduction.replyPath, introducedAs: introduction.name, from: peer, transaction)
      if introduction.token != nil { try answerAgain(peer.device.id, transaction) }
      try tellProfile(to: peer.contact.id, notBefore: receiptDueTime(), transaction)
    case .control(.replyPath(let path)): try apply(path, introducedAs: nil, from: peer, transaction)
    case .control(.gone(let gone)): try apply(gone, pairSeq: pairSeq, from: peer, transaction)
    case .control(.retryRequest(let request)): try honour(request, from: peer, transaction)
    case .control(.pairAckOnly): return  // read with the prefix
    case .control(.profile(let profile)): try apply(profile, encoded: encoded, from: peer, transaction)
    }
  }

  /// The contact has used what I sent: its invite's entry is not needed any more.
  private func finishInvite(contact: Int64, _ transaction: VaultTransaction) throws {
    for invite in try transaction.invites(state: InviteState.used.rawValue) where invite.contactID == contact {
      try setInviteState(invite.id, .finished, transaction)
    }
  }

  /// A device that has had the way to write to me shows an invite: its vault is an older copy and lacks it.
  private func answerAgain(_ id: Int64, _ transaction: VaultTransaction) throws {
    guard let device = try transaction.peerDevice(id: id), device.acknowledgedUpTo > 0,
      try contactAndBody(device.contactID, transaction).0.status == ContactStatus.accepted.rawValue,
      // One answer at a time, however often it asks.
      try !transaction.outbox(contactID: device.contactID).contains(where: { $0.kind == OutboxKind.control.rawValue })
    else { return }
    try enqueueIntroduction(contact: device.contactID, device: id, notBefore: receiptDueTime(), transaction)
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
    switch try acceptLists(lists, &body, contact: record.id, transaction) {
    case .believed, .held: break
    case .equivocation, .refused: return
    }
    if let name, body.hasPlaceholderName {
      body.name = try freeName(name, transaction)
      body.hasPlaceholderName = false
      record.nameHash = nameHash(body.name, transaction)
    }
    record.body = try body.bytes
    try transaction.updateContact(record)
    try transaction.setTheirSlotSecret(SecretBytes(copying: path.slotSecret.bytes), contactID: record.id)
    try transaction.setPeerCapabilities(path.capabilities.rawValue, peerDeviceID: peer.device.id)
    guard var device = try transaction.peerDevice(id: peer.device.id) else { return }
    var deviceBody = try PeerDeviceBody(device.body)
    do throws(PrimitiveError) {
      learnSealingKey(path.sealID, try X25519PublicKey(validating: path.sealingKey).bytes, secret: nil, &deviceBody)
    } catch { return }  // a key that is not canonical is not learnt
    device.body = deviceBody.bytes
    try transaction.updatePeerDevice(device)
  }

  /// Compares the list versions that every message repeats (C5): newer → fetch, equal with another hash → equivocation.
  private func compareLists(
    _ plaintext: SessionPlaintext, _ peer: AuthenticatedPeer, _ transaction: VaultTransaction
  ) throws {
    var (record, body) = (peer.contact, peer.contactBody)
    try sendListsIfOlder(plaintext.yourList, peer, transaction)
    guard let pinned = try pinnedLists(body)?.current else { return }
    let theirs = plaintext.ownList
    if theirs.version > pinned.version.packed {
      guard !body.wantsLists else { return }
      body.wantsLists = true
      record.body = try body.bytes
      try transaction.updateContact(record)
    } else if theirs.version == pinned.version.packed, theirs.hash16 != pinned.hash.prefix() {
      var mark = LayoutWriter()
      theirs.write(to: &mark)
      try noteEquivocation(of: record.id, pinned: body.lists, other: mark.bytes, transaction)
    }
  }

  /// The peer has an older list of mine: it gets the new one, once.
  private func sendListsIfOlder(
    _ known: ListMark, _ peer: AuthenticatedPeer, _ transaction: VaultTransaction
  ) throws {
    let mine = try ownLists(transaction).current.version.packed
    guard known.version > 0, known.version < mine, peer.contact.status == ContactStatus.accepted.rawValue else {
      return
    }
    let isNew = try changeHealing(peer: peer.device.id, transaction) { healing in
      guard healing.sentListVersion < mine else { return false }
      healing.sentListVersion = mine
      return true
    }
    guard isNew else { return }
    try enqueue(.replyPath(try replyPath(for: peer.contact.id, transaction)), to: peer.device, transaction)
  }
}

extension DecodedContent {
  /// Whether it is about devices and their messages, not about what people say.
  fileprivate var isControl: Bool {
    guard case .known(let known) = self else { return false }
    switch known.kind {
    case .control, .receipt: return true
    case .body, .operation: return false
    }
  }
}
