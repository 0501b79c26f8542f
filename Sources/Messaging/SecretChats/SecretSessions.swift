import SecretMemory
import ByteLayout
import DoubleRatchet
import KeyAgreement
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

  /// The session of a secret chat; nil while none has been started.
  func sendingSecretSession(conversation: Int64, _ transaction: VaultTransaction) throws -> SessionCandidate? {
    let candidates = try transaction.secretSessions(conversationID: conversation).compactMap { id in
      try transaction.session(id: id).map {
        SessionCandidate(
          id: $0.id, state: SessionState(rawValue: $0.state) ?? .receiveOnly, createdAt: $0.createdAt,
          body: try SessionBody($0.body))
      }
    }
    return SessionChoice.sending(among: candidates, at: nowSeconds)
      ?? candidates.first { $0.state == .unconfirmed && !$0.body.isInitiator }
  }

  /// Starts the session of a secret chat that has something to send, from a bundle that was fetched for it.
  func startAwaitedSecretSession(
    _ account: AccountID, _ entry: DeviceEntry, _ bundle: PrekeyBundle, _ oneTime: KeyAgreement.OneTimePrekeyRecord?,
    contact: Int64, peer: Int64, _ transaction: VaultTransaction
  ) throws {
    for id in try transaction.secretConversationsWithoutSession(contactID: contact) {
      let chat = try ConversationBody(record(ofConversation: id, transaction).body)
      guard chat.peerDeviceID == peer else { continue }
      let initiated = try InitiatorHandshake.begin(
        own: own.identity, peer: account, peerEntry: entry, bundle: bundle, oneTimePrekey: oneTime,
        now: UInt64(clamping: nowSeconds), newestBundleIDSeen: nil, purpose: .secretChat, purposeID: chat.chatID,
        replaces: nil, lists: try ownLists(transaction), randomness: environment.randomness)
      let start = initiated.start
      let secrets = initiated.takeSecrets()
      let ratchet = try RatchetState.initiator(
        sharedSecret: try secrets.sharedSecret.duplicate(), remoteKey: bundle.signedPrekey,
        associatedData: secrets.associatedData, randomness: environment.randomness)
      let body = SessionBody(
        sessionID: secrets.sessionID.bytes, replaces: FixedBytes(), isInitiator: true, start: start.bytes)
      let session = try insertSession(
        body, state: .unconfirmed, ratchet: ratchet, secrets: secrets, peer: peer, purpose: .secretChat, transaction)
      try transaction.insertSecretSession(sessionID: session, conversationID: id)
      // One bundle, one one-time prekey, one session: the next chat fetches again.
      return
    }
  }

  /// A peer has started a session for a secret chat: the chat, made if it is new.
  ///
  /// - Returns: its conversation; nil when the chat is another device's, or closed. The start is dropped then.
  func joinSecretChat(
    _ chatID: FixedBytes<16>, session: Int64, from peer: AuthenticatedPeer, _ transaction: VaultTransaction
  ) throws -> Int64? {
    let id: Int64
    if let known = try transaction.conversation(chatHash: chatHash(chatID, transaction)) {
      let body = try ConversationBody(known.body)
      guard known.contactID == peer.contact.id, body.peerDeviceID == peer.device.id, !body.isClosed else { return nil }
      id = known.id
    } else {
      id = try insertSecretChat(
        chatID, contact: peer.contact.id, peer: peer.device.id, isOwn: false, transaction)
    }
    try transaction.insertSecretSession(sessionID: session, conversationID: id)
    return id
  }

  /// Destroys the sessions of closed chats that have nothing left to send.
  func dropClosedSecretSessions() throws {
    let over = try vault.read { transaction in
      try transaction.conversationsWithSecretSessions().filter { id in
        try ConversationBody(record(ofConversation: id, transaction).body).isClosed
          && transaction.outboxCount(conversationID: id) == 0
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
