/// Other content in the place of a message's (C13).
extension VaultTransaction {
  /// Seals other content of a message, and the fields that operations have set, under a new key of its own.
  ///
  /// What was there cannot be read any more by this database. In a copy of it the old key still opens, until the next
  /// ``Vault/eraseMessages(_:removesTraces:alongside:)`` has sealed its bucket anew.
  /// - Throws: ``VaultError/notStored`` for a message that is not there, or whose key was destroyed.
  package func replaceContent(_ content: [UInt8], messageID: Int64) throws(VaultError) {
    guard let row = try row("SELECT bucket_id FROM message WHERE id = ?", [messageID]),
      let oldBucket = try row.optionalInteger(0)
    else { throw .notStored }
    let numbers = try all("SELECT field FROM operation_field WHERE message_id = ?", [messageID]) {
      row throws(VaultError) in try row.uint8(0)
    }
    var fields: [(UInt8, OperationField)] = []
    for number in numbers {
      if let field = try operationField(number, messageID: messageID) { fields.append((number, field)) }
    }
    try execute("DELETE FROM operation_field WHERE message_id = ?", [messageID])
    let sealed = try sealContent(content, messageID: messageID)
    try executeOnOne(
      "UPDATE message SET bucket_id = ?, sealed_key = ?, sealed_content = ? WHERE id = ?",
      [sealed.bucketID, sealed.sealedKey, sealed.sealedContent, messageID])
    for (number, field) in fields { try mergeOperationField(number, field, messageID: messageID) }
    try execute("INSERT OR IGNORE INTO stale_bucket (bucket_id) VALUES (?)", [oldBucket])
  }

  /// Whether keys of replaced contents wait for an erasure.
  package func hasReplacedKeys() throws(VaultError) -> Bool {
    try row("SELECT 1 FROM stale_bucket LIMIT 1") != nil
  }

  /// The buckets that held such keys, which are noted no longer.
  func takeStaleBuckets() throws(VaultError) -> [Int64] {
    let buckets = try all("SELECT bucket_id FROM stale_bucket") { row throws(VaultError) in try row.integer(0) }
    try execute("DELETE FROM stale_bucket")
    return buckets
  }
}
