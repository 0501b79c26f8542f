import SecretMemory
import ByteLayout
import DoubleRatchet
import KeyAgreement
import MessageContent
import Primitives
import Vault

extension Messenger {
  /// The session on which a row of the outbox goes: the contact's, or that of its secret chat.
  func sendingSession(
    of row: OutboxRecord, peer: Int64, _ transaction: VaultTransaction
  ) throws -> SessionCandidate? {
    guard let conversation = row.conversationID else { return try sendingSession(peer: peer, transaction) }
    return try sendingSecretSession(conversation: conversation, transaction)
  }

  /// The session of a secret chat that sends; nil while a handshake is needed first.
  func sendingSecretSession(conversation: Int64, _ transaction: VaultTransaction) throws -> SessionCandidate? {
    SessionChoice.sending(among: try candidates(secretChat: conversation, transaction), at: nowSeconds)
  }

  /// The secret chat that a session with this device carries; nil for any other session.
  func secretChat(
    ofSession id: FixedBytes<16>, peer: Int64, _ transaction: VaultTransaction
  ) throws -> Int64? {
    guard let session = try transaction.session(sessionHash: sessionHash(id, transaction)),
      session.peerDeviceID == peer
    else { return nil }
    return try transaction.secretConversation(sessionID: session.id)
  }

  /// Asks for a new session of a secret chat, and gives it something to carry. Nothing happens to a closed one.
  func renewSecretChat(_ id: Int64, _ device: PeerDeviceRecord, _ transaction: VaultTransaction) throws {
    guard try !isClosed(conversation: id, transaction) else { return }
    try retire(candidates(secretChat: id, transaction).map(\.id), transaction)
    // What was sent again on a session that the peer could not read does not count.
    try transaction.forgetResent(conversationID: id)
    try enqueue(
      .control, contact: device.contactID, device: device.id, message: nil,
      content: try encode(.control(.pairAckOnly)), notBefore: now, conversation: id, transaction)
  }

  /// Renews every open secret chat with a device: what a vault does that was a copy.
  func renewSecretChats(_ device: PeerDeviceRecord, _ transaction: VaultTransaction) throws {
    for id in try transaction.conversationsWithSecretSessions() {
      let chat = try record(ofConversation: id, transaction)
      guard chat.contactID == device.contactID, try ConversationBody(chat.body).peerDeviceID == device.id else {
        continue
      }
      try renewSecretChat(id, device, transaction)
    }
  }

  /// Whether a conversation is a secret chat that one side has closed.
  func isClosed(conversation id: Int64, _ transaction: VaultTransaction) throws -> Bool {
    try ConversationBody(record(ofConversation: id, transaction).body).isClosed
  }

  /// Starts the session of a secret chat that has something to send and none that sends, from a bundle that was fetched for
  /// it. It replaces the newest one that there was.
  func startAwaitedSecretSession(
    _ account: AccountID, _ entry: DeviceEntry, _ bundle: PrekeyBundle, _ oneTime: KeyAgreement.OneTimePrekeyRecord?,
    contact: Int64, peer: Int64, _ transaction: VaultTransaction
  ) throws {
    for id in try transaction.secretConversationsToSend(contactID: contact) {
      let chat = try ConversationBody(record(ofConversation: id, transaction).body)
      guard chat.peerDeviceID == peer, try sendingSecretSession(conversation: id, transaction) == nil else { continue }
      let earlier = try candidates(secretChat: id, transaction)
      let replaced = earlier.max { $0.id < $1.id }?.body.sessionID
      try retire(earlier.map(\.id), transaction)
      let initiated = try InitiatorHandshake.begin(
        own: own.identity, peer: account, peerEntry: entry, bundle: bundle, oneTimePrekey: oneTime,
        now: UInt64(clamping: nowSeconds), newestBundleIDSeen: nil, purpose: .secretChat, purposeID: chat.chatID,
        replaces: replaced.map(SessionID.init), lists: try ownLists(transaction), randomness: environment.randomness)
      let start = initiated.start
      let secrets = initiated.takeSecrets()
      let ratchet = try RatchetState.initiator(
        sharedSecret: try secrets.sharedSecret.duplicate(), remoteKey: bundle.signedPrekey,
        associatedData: secrets.associatedData, isPostQuantum: secrets.suite.hasPostQuantumRatchet,
        randomness: environment.randomness)
      let body = SessionBody(
        sessionID: secrets.sessionID.bytes, replaces: replaced ?? FixedBytes(), isInitiator: true,
        lacksOneTimePrekey: oneTime == nil, awaitsSecondKey: false, start: start.bytes)
      let session = try insertSession(
        body, state: .unconfirmed, ratchet: ratchet, secrets: secrets, peer: peer, purpose: .secretChat, transaction)
      try transaction.insertSecretSession(sessionID: session, conversationID: id)
      // One bundle, one one-time prekey, one session: the next chat fetches again.
      return
    }
  }

  /// A peer has started a session for a secret chat: the chat, made if it is new.
  ///
  /// For one that was closed here the session is taken as well: its numbers count, nothing that it carries is shown, and
  /// the peer is told once more that the chat is closed.
  /// - Returns: its conversation; nil when the chat is another device's. The start is dropped then.
  func joinSecretChat(
    _ chatID: FixedBytes<16>, session: Int64, from peer: AuthenticatedPeer, _ transaction: VaultTransaction
  ) throws -> Int64? {
    guard let known = try transaction.conversation(chatHash: chatHash(chatID, transaction)) else {
      let id = try insertSecretChat(
        chatID, contact: peer.contact.id, peer: peer.device.id, isOwn: false, transaction)
      try transaction.insertSecretSession(sessionID: session, conversationID: id)
      return id
    }
    let body = try ConversationBody(known.body)
    guard known.contactID == peer.contact.id, body.peerDeviceID == peer.device.id else { return nil }
    try transaction.insertSecretSession(sessionID: session, conversationID: known.id)
    if body.isClosed, try !transaction.isSomethingOnItsWay(conversationID: known.id) {
      try enqueue(
        .operation, contact: peer.contact.id, message: nil,
        content: try encode(.operation(try Operation(target: nil, revision: 1, kind: .closeChat))), notBefore: now,
        conversation: known.id, transaction)
    }
    return known.id
  }

  /// Destroys the sessions of closed chats that have nothing left on its way: until the peer has acknowledged what was said
  /// last, it may not know that the chat is closed, and what it says must still be counted.
  func dropClosedSecretSessions() throws {
    let over = try vault.read { transaction in
      try transaction.conversationsWithSecretSessions().filter { id in
        try isClosed(conversation: id, transaction) && !transaction.isSomethingOnItsWay(conversationID: id)
      }
    }
    guard !over.isEmpty else { return }
    try vault.write { transaction in
      for id in over {
        for session in try transaction.secretSessions(conversationID: id) {
          try transaction.deleteSession(id: session)
        }
      }
    }
  }
}
