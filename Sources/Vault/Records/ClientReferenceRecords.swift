package import ByteLayout

/// A call that was done, under the reference that its caller gave it.
package struct ClientReferenceRecord: Hashable, Sendable {
  /// The hash of the method and its parameters: the same reference with others is a mistake of the caller.
  package let callHash: FixedBytes<32>
  /// What the call returned.
  package let result: [UInt8]

  package init(callHash: FixedBytes<32>, result: [UInt8]) {
    self.callHash = callHash
    self.result = result
  }
}

extension VaultTransaction {
  /// The call of this reference, if it was done.
  package func clientReference(hash: FixedBytes<16>) throws(VaultError) -> ClientReferenceRecord? {
    try first("SELECT id, sealed FROM client_reference WHERE reference_hash = ?", [hash]) {
      row throws(VaultError) in
      try open(try row.blob(1), .clientReference, try row.integer(0)) { reader throws(LayoutError) in
        ClientReferenceRecord(callHash: try reader.fixed(), result: [UInt8](reader.rest()))
      }
    }
  }

  /// Remembers a call.
  ///
  /// - Parameter keepUntil: unix seconds.
  /// - Throws: ``VaultError/duplicate`` when there is one of this reference.
  package func insertClientReference(
    hash: FixedBytes<16>, keepUntil: Int64, _ record: ClientReferenceRecord
  ) throws(VaultError) {
    let id = try nextRowID(.clientReference)
    let sealed = try seal(.clientReference, id) { fields in
      fields.append(record.callHash)
      fields.append(record.result)
    }
    try execute(
      "INSERT INTO client_reference (id, reference_hash, keep_until, sealed) VALUES (?, ?, ?, ?)",
      [id, hash, keepUntil, sealed])
  }

  /// Forgets the calls whose time is over.
  package func deleteClientReferences(before time: Int64) throws(VaultError) {
    try execute("DELETE FROM client_reference WHERE keep_until < ?", [time])
  }
}
