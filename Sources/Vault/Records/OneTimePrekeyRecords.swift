import ByteLayout
package import SecretMemory

/// A one-time prekey (C2). Its private keys are read on their own.
package struct OneTimePrekeyRecord: Hashable, Sendable {
  /// The key id in the record. From 1, never used twice.
  package var id: UInt32
  /// Unix seconds.
  package var createdAt: Int64
  /// When its successor was published, unix seconds; nil while it is in use.
  package var supersededAt: Int64?
  /// The signed record.
  package var body: [UInt8]

  package init(id: UInt32, createdAt: Int64, supersededAt: Int64? = nil, body: [UInt8]) {
    self.id = id
    self.createdAt = createdAt
    self.supersededAt = supersededAt
    self.body = body
  }

  fileprivate init(_ key: NumberedKey) {
    self.init(
      id: key.id, createdAt: key.createdAt, supersededAt: key.supersededAt, body: key.body)
  }

  fileprivate var key: NumberedKey {
    NumberedKey(id: id, createdAt: createdAt, supersededAt: supersededAt, body: body)
  }
}

extension VaultTransaction {
  /// Inserts one with its private keys, 96 bytes: X25519 scalar ‖ ML-KEM seed.
  ///
  /// - Throws: ``VaultError/identifierUsed(_:)`` unless its number is greater than all before it.
  package func insertOneTimePrekey(
    _ record: OneTimePrekeyRecord, privateKey: borrowing SecretBytes
  ) throws(VaultError) {
    try insertNumberedKey(.oneTimePrekey, record.key, private: privateKey)
  }

  package func oneTimePrekey(id: UInt32) throws(VaultError) -> OneTimePrekeyRecord? {
    try numberedKey(.oneTimePrekey, id: id).map(OneTimePrekeyRecord.init)
  }

  /// The private keys, 96 bytes, if they are still there.
  package func oneTimePrekeyPrivate(id: UInt32) throws(VaultError) -> SecretBytes? {
    try secret(.oneTimePrekey, "private", Int64(id))
  }

  /// The greatest number ever used, 0 when there was none. The next one is free.
  package func greatestOneTimePrekeyID() throws(VaultError) -> UInt32 {
    try greatestNumberedKeyID(.oneTimePrekey)
  }

  /// The live ones, in the order of their numbers.
  package func liveOneTimePrekeys() throws(VaultError) -> [OneTimePrekeyRecord] {
    try numberedKeys(.oneTimePrekey, "WHERE superseded_at IS NULL ORDER BY id").map(OneTimePrekeyRecord.init)
  }

  /// How many are live: neither used nor superseded.
  package func liveOneTimePrekeyCount() throws(VaultError) -> Int {
    Int(try integer("SELECT count(*) FROM one_time_prekey WHERE superseded_at IS NULL"))
  }

  /// Deletes one that was used, with its private key.
  ///
  /// - Throws: ``VaultError/notStored`` when it is gone already.
  package func deleteOneTimePrekey(id: UInt32) throws(VaultError) {
    try executeOnOne("DELETE FROM one_time_prekey WHERE id = ?", [Int64(id)])
  }

  /// Notes that all live ones were replaced.
  package func supersedeAllOneTimePrekeys(at time: Int64) throws(VaultError) {
    try supersedeNumberedKeys(.oneTimePrekey, before: .max, at: time)
  }

  /// Deletes those that were superseded before `time`, with their private keys.
  ///
  /// - Returns: how many.
  @discardableResult
  package func deleteSupersededOneTimePrekeys(before time: Int64) throws(VaultError) -> Int {
    try deleteSupersededNumberedKeys(.oneTimePrekey, before: time)
  }
}
