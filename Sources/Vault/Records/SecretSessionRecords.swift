import ByteLayout

/// What ties devices and sessions to features: capabilities of peers' devices, and the sessions of secret chats.
extension VaultTransaction {
  /// What a device of a contact can honour, 0 when it has not said.
  package func peerCapabilities(peerDeviceID: Int64) throws(VaultError) -> UInt32 {
    guard let row = try row("SELECT sealed FROM peer_capability WHERE id = ?", [peerDeviceID]) else { return 0 }
    return try open(try row.blob(0), .peerCapability, peerDeviceID) { reader throws(LayoutError) in
      try reader.uint32()
    }
  }

  package func setPeerCapabilities(_ bits: UInt32, peerDeviceID: Int64) throws(VaultError) {
    let sealed = try seal(.peerCapability, peerDeviceID) { $0.uint32(bits) }
    try execute(
      "INSERT INTO peer_capability (id, sealed) VALUES (?, ?) ON CONFLICT DO UPDATE SET sealed = excluded.sealed",
      [peerDeviceID, sealed])
  }

  /// Notes that a session carries a secret chat.
  package func insertSecretSession(sessionID: Int64, conversationID: Int64) throws(VaultError) {
    try execute(
      "INSERT INTO secret_session (session_id, conversation_id) VALUES (?, ?)", [sessionID, conversationID])
  }

  /// The secret chat that a session carries; nil for a normal session.
  package func secretConversation(sessionID: Int64) throws(VaultError) -> Int64? {
    guard let row = try row("SELECT conversation_id FROM secret_session WHERE session_id = ?", [sessionID]) else {
      return nil
    }
    return try row.integer(0)
  }

  /// The sessions of a secret chat, oldest first.
  package func secretSessions(conversationID: Int64) throws(VaultError) -> [Int64] {
    try all(
      "SELECT session_id FROM secret_session WHERE conversation_id = ? ORDER BY session_id", [conversationID]
    ) { row throws(VaultError) in try row.integer(0) }
  }

  /// The secret chats that have something to send, oldest first.
  package func secretConversationsToSend(contactID: Int64) throws(VaultError) -> [Int64] {
    try all(
      """
      SELECT id FROM conversation WHERE contact_id = ? AND kind != 0
        AND id IN (SELECT conversation_id FROM outbox) ORDER BY id
      """, [contactID]
    ) { row throws(VaultError) in try row.integer(0) }
  }

  /// Whether anything of a secret chat waits to be sent, or for the peer device to acknowledge it.
  package func isSomethingOnItsWay(conversationID: Int64) throws(VaultError) -> Bool {
    try row(
      """
      SELECT 1 FROM outbox WHERE conversation_id = ?1 UNION ALL SELECT 1 FROM sent_log WHERE conversation_id = ?1 LIMIT 1
      """, [conversationID]) != nil
  }

  /// The secret chats that have a session.
  package func conversationsWithSecretSessions() throws(VaultError) -> [Int64] {
    try all("SELECT DISTINCT conversation_id FROM secret_session ORDER BY conversation_id") {
      row throws(VaultError) in try row.integer(0)
    }
  }
}
