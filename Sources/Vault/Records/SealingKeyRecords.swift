import ByteLayout
package import SecretMemory

/// A key under which others seal envelopes to this device (C3). Its private key is read on its own.
package struct SealingKeyRecord: Hashable, Sendable {
  /// The seal id in the device list and in envelopes. From 1, never used twice.
  package var sealID: UInt32
  /// Unix seconds.
  package var createdAt: Int64
  /// When its successor was published, unix seconds; nil while it is in use.
  package var supersededAt: Int64?

  package init(sealID: UInt32, createdAt: Int64, supersededAt: Int64? = nil) {
    self.sealID = sealID
    self.createdAt = createdAt
    self.supersededAt = supersededAt
  }

  fileprivate init(_ key: NumberedKey) {
    self.init(
      sealID: key.id, createdAt: key.createdAt, supersededAt: key.supersededAt)
  }

  fileprivate var key: NumberedKey {
    NumberedKey(id: sealID, createdAt: createdAt, supersededAt: supersededAt, body: [])
  }
}

extension VaultTransaction {
  /// Inserts one with its private half, 64 bytes: X25519 scalar ‖ sealing secret.
  ///
  /// - Throws: ``VaultError/identifierUsed(_:)`` unless its number is greater than all before it.
  package func insertSealingKey(
    _ record: SealingKeyRecord, privateKey: borrowing SecretBytes
  ) throws(VaultError) {
    try insertNumberedKey(.sealingKey, record.key, private: privateKey)
  }

  package func sealingKey(sealID: UInt32) throws(VaultError) -> SealingKeyRecord? {
    try numberedKey(.sealingKey, id: sealID).map(SealingKeyRecord.init)
  }

  /// The private half if it is still there: 64 bytes, or the scalar alone of before there were sealing secrets.
  package func sealingKeyPrivate(sealID: UInt32) throws(VaultError) -> SecretBytes? {
    try secret(.sealingKey, "private", Int64(sealID))
  }

  /// The greatest number ever used, 0 when there was none. The next one is free.
  package func greatestSealingKeyID() throws(VaultError) -> UInt32 {
    try greatestNumberedKeyID(.sealingKey)
  }

  /// The one with the greatest number.
  package func currentSealingKey() throws(VaultError) -> SealingKeyRecord? {
    try currentNumberedKey(.sealingKey).map(SealingKeyRecord.init)
  }

  /// All of them, in the order of their numbers.
  package func sealingKeys() throws(VaultError) -> [SealingKeyRecord] {
    try numberedKeys(.sealingKey, "ORDER BY id").map(SealingKeyRecord.init)
  }

  /// Notes when the successor of all those below `sealID` was published. A time that was noted before stays.
  package func supersedeSealingKeys(before sealID: UInt32, at time: Int64) throws(VaultError) {
    try supersedeNumberedKeys(.sealingKey, before: Int64(sealID), at: time)
  }

  /// Deletes those that were superseded before `time`, with their private keys.
  ///
  /// - Returns: how many.
  @discardableResult
  package func deleteSupersededSealingKeys(before time: Int64) throws(VaultError) -> Int {
    try deleteSupersededNumberedKeys(.sealingKey, before: time)
  }
}
