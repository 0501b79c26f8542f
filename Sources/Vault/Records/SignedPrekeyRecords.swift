import ByteLayout
package import SecretMemory

/// A signed prekey (C2). Its private keys are read on their own.
package struct SignedPrekeyRecord: Hashable, Sendable {
  /// The bundle id. From 1, never used twice.
  package var bundleID: UInt32
  /// Unix seconds.
  package var createdAt: Int64
  /// When its successor was published, unix seconds; nil while it is in use.
  package var supersededAt: Int64?
  /// The signed bundle.
  package var body: [UInt8]

  package init(bundleID: UInt32, createdAt: Int64, supersededAt: Int64? = nil, body: [UInt8]) {
    self.bundleID = bundleID
    self.createdAt = createdAt
    self.supersededAt = supersededAt
    self.body = body
  }

  fileprivate init(_ key: NumberedKey) {
    self.init(
      bundleID: key.id, createdAt: key.createdAt, supersededAt: key.supersededAt, body: key.body)
  }

  fileprivate var key: NumberedKey {
    NumberedKey(id: bundleID, createdAt: createdAt, supersededAt: supersededAt, body: body)
  }
}

extension VaultTransaction {
  /// Inserts one with its private keys, 96 bytes: X25519 scalar ‖ ML-KEM seed.
  ///
  /// - Throws: ``VaultError/identifierUsed(_:)`` unless its number is greater than all before it.
  package func insertSignedPrekey(
    _ record: SignedPrekeyRecord, privateKey: borrowing SecretBytes
  ) throws(VaultError) {
    try insertNumberedKey(.signedPrekey, record.key, private: privateKey)
  }

  package func signedPrekey(bundleID: UInt32) throws(VaultError) -> SignedPrekeyRecord? {
    try numberedKey(.signedPrekey, id: bundleID).map(SignedPrekeyRecord.init)
  }

  /// The private keys, 96 bytes, if they are still there.
  package func signedPrekeyPrivate(bundleID: UInt32) throws(VaultError) -> SecretBytes? {
    try secret(.signedPrekey, "private", Int64(bundleID))
  }

  /// The greatest number ever used, 0 when there was none. The next one is free.
  package func greatestSignedPrekeyID() throws(VaultError) -> UInt32 {
    try greatestNumberedKeyID(.signedPrekey)
  }

  /// The one with the greatest number.
  package func currentSignedPrekey() throws(VaultError) -> SignedPrekeyRecord? {
    try currentNumberedKey(.signedPrekey).map(SignedPrekeyRecord.init)
  }

  /// All of them, in the order of their numbers.
  package func signedPrekeys() throws(VaultError) -> [SignedPrekeyRecord] {
    try numberedKeys(.signedPrekey, "ORDER BY id").map(SignedPrekeyRecord.init)
  }

  /// Notes when the successor of all those below `bundleID` was published. A time that was noted before stays.
  package func supersedeSignedPrekeys(before bundleID: UInt32, at time: Int64) throws(VaultError) {
    try supersedeNumberedKeys(.signedPrekey, before: Int64(bundleID), at: time)
  }

  /// Deletes those that were superseded before `time`, with their private keys.
  ///
  /// - Returns: how many.
  @discardableResult
  package func deleteSupersededSignedPrekeys(before time: Int64) throws(VaultError) -> Int {
    try deleteSupersededNumberedKeys(.signedPrekey, before: time)
  }
}
