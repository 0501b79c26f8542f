import ByteLayout

/// Device lists of a contact that wait for the user's decision, or that prove an equivocation.
extension VaultTransaction {
  package func disputedLists(contactID: Int64) throws(VaultError) -> [UInt8]? {
    guard let row = try row("SELECT sealed FROM disputed_lists WHERE id = ?", [contactID]) else { return nil }
    return try open(try row.blob(0), .disputedLists, contactID) { reader throws(LayoutError) in [UInt8](reader.rest()) }
  }

  package func setDisputedLists(_ body: [UInt8], contactID: Int64) throws(VaultError) {
    let sealed = try seal(.disputedLists, contactID) { $0.append(body) }
    try execute(
      "INSERT INTO disputed_lists (id, sealed) VALUES (?, ?) ON CONFLICT DO UPDATE SET sealed = excluded.sealed",
      [contactID, sealed])
  }

  package func clearDisputedLists(contactID: Int64) throws(VaultError) {
    try execute("DELETE FROM disputed_lists WHERE id = ?", [contactID])
  }
}

/// Why messages were given up: a number of the core's.
extension VaultTransaction {
  package func failureReason(messageID: Int64) throws(VaultError) -> UInt8? {
    try first("SELECT reason FROM failure WHERE message_id = ?", [messageID]) { row throws(VaultError) in
      try row.uint8(0)
    }
  }

  package func setFailureReason(_ reason: UInt8, messageID: Int64) throws(VaultError) {
    try execute(
      "INSERT INTO failure (message_id, reason) VALUES (?, ?) ON CONFLICT DO UPDATE SET reason = excluded.reason",
      [messageID, Int64(reason)])
  }

  package func clearFailureReason(messageID: Int64) throws(VaultError) {
    try execute("DELETE FROM failure WHERE message_id = ?", [messageID])
  }
}
