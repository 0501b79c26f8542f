import ByteLayout
import DoubleRatchet
import KeyAgreement
import MessageContent
import Primitives
import RelayWire
import SealedSender
import SecretMemory
import Vault
import Verification

extension Messenger {
  /// A session start and its first message, in the order of C4: known session · lists · bundle · suite · DH · decrypt;
  /// then session, message and the death of the one-time key in one transaction.
  func receiveStart(
    _ payload: [UInt8], _ sender: SealedSenderIdentity, _ peer: AuthenticatedPeer?, storedAt: Int64,
    _ transaction: VaultTransaction
  ) throws -> EnvelopeOutcome {
    func undecryptable(_ message: SessionMessage) -> EnvelopeOutcome {
      .undecryptable(
        suspect(
          message, QuarantinedMessage(kind: .sessionStart, storedAt: storedAt, payload: payload), from: peer,
          transaction))
    }
    var reader = LayoutReader(payload)
    let start: SessionStart
    do throws(LayoutError) { start = try SessionStart(reading: &reader) } catch { return .dropped }
    guard let message = parsed({ () throws(LayoutError) in try SessionMessage.parse(reader.rest()) }) else {
      return .dropped
    }
    let hash = sessionHash(message.sessionID, transaction)
    if try transaction.session(sessionHash: hash) != nil {
      guard let peer else { return .dropped }
      let outcome = try receive(message, from: peer, storedAt: storedAt, transaction)
      if case .undecryptable = outcome { return undecryptable(message) }
      return outcome
    }
    guard try !transaction.isKnownSession(sessionHash: hash), try !transaction.isSeenMessage(hash: seenHash(message))
    else {
      return .duplicate
    }
    let lists: DeviceLists?
    do throws(KeyAgreementError) { lists = try start.lists(of: try account(sender)) } catch { return .dropped }
    let named = try lists ?? peer.flatMap { try pinnedLists($0.contactBody) }
    guard start.purpose == .normal || peer?.contact.status == ContactStatus.accepted.rawValue,
      let entry = named?.current.entries.first(where: {
        $0.device.value == sender.device && $0.deviceKey == sender.deviceKey
      })
    else { return .dropped }
    let outcome = try accept(start, lists, message, sender, entry, peer, storedAt: storedAt, transaction)
    if case .undecryptable = outcome { return undecryptable(message) }
    return outcome
  }

  private func account(_ sender: SealedSenderIdentity) throws(KeyAgreementError) -> AccountID {
    do throws(LayoutError) { return try AccountID(validating: sender.account) } catch { throw .layout(error) }
  }

  private func accept(
    _ start: SessionStart, _ lists: DeviceLists?, _ message: SessionMessage, _ sender: SealedSenderIdentity,
    _ entry: DeviceEntry,
    _ peer: AuthenticatedPeer?, storedAt: Int64, _ transaction: VaultTransaction
  ) throws -> EnvelopeOutcome {
    guard let bundle = try transaction.signedPrekey(bundleID: start.bundleID),
      let prekeyArchive = try transaction.signedPrekeyPrivate(bundleID: start.bundleID)
    else { return .undecryptable(nil) }
    let prekey = try SignedPrekey(bundleID: start.bundleID, archive: prekeyArchive)
    var oneTimePrekey: OneTimePrekey?
    if let id = start.oneTimePrekeyID {
      guard let archive = try transaction.oneTimePrekeyPrivate(id: id) else { return .undecryptable(nil) }
      oneTimePrekey = try OneTimePrekey(id: id, archive: archive)
    }
    let secrets: SessionSecrets
    do {
      secrets = try ResponderHandshake.accept(
        own: own.identity, start: start, claimedSessionID: SessionID(message.sessionID), initiator: account(sender),
        initiatorEntry: entry, signedPrekey: prekey, bundleHash: try FixedBytes(bundle.body.prefix(32)),
        oneTimePrekey: oneTimePrekey)
    } catch let error as KeyAgreementError {
      return try outcome(of: error)
    }
    var ratchet = try RatchetState.responder(
      sharedSecret: try secrets.sharedSecret.duplicate(), ownKeyPair: try prekey.keyPair.duplicate(),
      associatedData: secrets.associatedData, isPostQuantum: secrets.suite.hasPostQuantumRatchet)
    let decrypted: DecryptedMessage
    do {
      decrypted = try ratchet.decrypt(
        RatchetMessage(header: try RatchetHeader(message.header), ciphertext: message.ciphertext), at: nowSeconds,
        randomness: environment.randomness)
    } catch RatchetError.primitive(let error) where !error.isPeersFault {
      throw RatchetError.primitive(error)
    } catch {
      return .undecryptable(nil)
    }
    guard let plaintext = parsed({ () throws(LayoutError) in try SessionPlaintext.parse(decrypted.plaintext) }) else {
      return .dropped
    }
    guard var known = try peer ?? introduce(plaintext, lists, sender, transaction) else {
      let contact = try transaction.contact(accountHash: accountHash(sender.account, transaction))
      guard let contact, let lists else { return .dropped }
      return .disputed(contact: contact.id, lists: lists.bytes)
    }
    if let lists, peer != nil {
      switch try acceptLists(lists, &known.contactBody, contact: known.contact.id, transaction) {
      case .believed:
        known.contact.body = try known.contactBody.bytes
        try transaction.updateContact(known.contact)
      case .held: break  // The device is in the pinned list; what else is new waits for the user.
      case .equivocation, .refused: return .disputed(contact: known.contact.id, lists: lists.bytes)
      }
    }
    let lostChat = try start.purpose == .normal ? chatLost(start.replaces, by: known, transaction) : nil
    let replaced =
      try lostChat == nil
      ? start.replaces?.bytes ?? forgotten(by: known, start, transaction)
      // A peer that has lost a secret chat names its session. What it really replaces is the one that it sends on.
      : sendingSession(peer: known.device.id, transaction)?.body.sessionID
    let body = SessionBody(
      sessionID: message.sessionID, replaces: replaced ?? FixedBytes(), isInitiator: false,
      lacksOneTimePrekey: start.oneTimePrekeyID == nil, awaitsSecondKey: true, start: [])
    let session = try insertSession(
      body, state: .confirmed, ratchet: ratchet, secrets: secrets, peer: known.device.id, purpose: start.purpose,
      transaction)
    if start.purpose == .secretChat {
      known.secretChat = try joinSecretChat(start.purposeID, session: session, from: known, transaction)
      guard known.secretChat != nil else { return .dropped }
    }
    if let id = start.oneTimePrekeyID { try transaction.deleteOneTimePrekey(id: id) }
    try transaction.insertSeenMessage(hash: seenHash(message), keepUntil: nowSeconds + KeyLifetime.replayMemory)
    try appendEvent(.sessionStarted, message: nil, transaction)
    try apply(plaintext: decrypted.plaintext, from: known, storedAt: storedAt, transaction)
    if start.replaces != nil, known.contact.status == ContactStatus.accepted.rawValue {
      // The peer waits for an answer on it, whose number shows it what it has missed.
      try changeHealing(peer: known.device.id, transaction) {
        try owePairAck(known.device.id, &$0, soon: true, transaction)
      }
    }
    try retryQuarantine(session: sessionHash(message.sessionID, transaction), from: known, transaction)
    try settle(
      known.secretChat.map { try candidates(secretChat: $0, transaction) }
        ?? candidates(peer: known.device.id, transaction), transaction)
    if lostChat != nil, let lost = start.replaces {
      try changeHealing(peer: known.device.id, transaction) { healing in
        healing.suspectSession = lost.bytes
        try renewWhenAllowed(known.device.id, &healing, transaction)
      }
    }
    return .accepted
  }

  /// The session that a peer does not know any more: both have spoken on it, and it begins as with a stranger, after it
  /// removed this account or was put back to before. What is sent on it from here could not be read.
  private func forgotten(
    by peer: AuthenticatedPeer, _ start: SessionStart, _ transaction: VaultTransaction
  ) throws -> FixedBytes<16>? {
    guard start.purpose == .normal, let session = try sendingSession(peer: peer.device.id, transaction),
      session.state == .confirmed
    else { return nil }
    return session.body.sessionID
  }

  /// The open secret chat whose session a peer could not read and does not know: its vault is an older copy.
  private func chatLost(
    _ replaced: SessionID?, by peer: AuthenticatedPeer, _ transaction: VaultTransaction
  ) throws -> Int64? {
    guard let replaced, peer.contact.status == ContactStatus.accepted.rawValue,
      let chat = try secretChat(ofSession: replaced.bytes, peer: peer.device.id, transaction),
      try !isClosed(conversation: chat, transaction)
    else { return nil }
    return chat
  }

  private func outcome(of error: KeyAgreementError) throws -> EnvelopeOutcome {
    if case .primitive(let primitive) = error, !primitive.isPeersFault { throw error }
    return .dropped
  }

  /// A first contact: an introduction that carries a valid invite token makes a new contact; anything else none.
  private func introduce(
    _ plaintext: SessionPlaintext, _ lists: DeviceLists?, _ sender: SealedSenderIdentity,
    _ transaction: VaultTransaction
  ) throws -> AuthenticatedPeer? {
    let accountHash = accountHash(sender.account, transaction)
    let existing = try transaction.contact(accountHash: accountHash)
    guard let lists else { return nil }
    if var record = existing {
      // Added here, list not fetched yet, and the peer was faster; or a device that the pinned list does not have yet.
      var body = try ContactBody(record.body)
      guard try acceptLists(lists, &body, contact: record.id, transaction) == .believed else { return nil }
      if record.status == ContactStatus.adding.rawValue { record.status = ContactStatus.accepted.rawValue }
      record.body = try body.bytes
      try transaction.updateContact(record)
      return try knownPeer(sender, transaction)
    }
    guard plaintext.kind == .control, let introduction = introduction(in: plaintext.content),
      let token = introduction.token
    else { return nil }
    guard let claim = try claim(token: token, contact: nil, transaction) else {
      return nil
    }
    let status: ContactStatus =
      switch claim {
      case .single: .accepted
      case .open: .stranger
      }
    guard try status == .accepted || hasRoomForStranger(transaction) else { return nil }
    let name = try freeName(introduction.name, transaction)
    var body = ContactBody(name: name, account: sender.account)
    let id = try transaction.insertContact(
      ContactRecord(
        id: 0, accountHash: accountHash, nameHash: nameHash(name, transaction), createdAt: nowSeconds,
        status: status.rawValue, body: try body.bytes))
    try pin(lists, contact: id, &body, transaction)
    guard var record = try transaction.contact(id: id) else { throw MessagingError.damagedRecord(table: "contact") }
    record.body = try body.bytes
    try transaction.updateContact(record)
    if case .single(let invite) = claim { try setInviteState(invite, .used, contact: id, transaction) }
    if status == .accepted { try enqueueIntroduction(contact: id, notBefore: receiptDueTime(), transaction) }
    try appendEvent(.contactAdded, contact: id, count: 1, transaction)
    if status == .stranger { try appendEvent(.requestReceived, contact: id, transaction) }
    return try knownPeer(sender, transaction)
  }

  private func introduction(in content: [UInt8]) -> Introduction? {
    do throws(ContentError) {
      guard case .known(let known) = try ContentCodec.decode(content),
        case .control(.introduction(let introduction)) = known.kind
      else { return nil }
      return introduction
    } catch { return nil }  // malformed content introduces nobody
  }
}
