import ByteLayout

/// Somebody else who may use the local interface. The secret is known to them alone: only its keyed hash is kept.
package struct AccessTokenRecord: Hashable, Sendable {
  /// 0 until it is inserted. Never used twice.
  package var id: Int64
  package let name: String
  /// What the bearer may do, one bit each.
  package let scopes: UInt32
  /// Unix seconds.
  package let createdAt: Int64
  /// Unix milliseconds; nil: never.
  package let expiresAt: Int64?

  package init(id: Int64 = 0, name: String, scopes: UInt32, createdAt: Int64, expiresAt: Int64?) {
    self.id = id
    self.name = name
    self.scopes = scopes
    self.createdAt = createdAt
    self.expiresAt = expiresAt
  }
}

extension VaultTransaction {
  private static let secretLabel = "access token"

  /// All of them, oldest first.
  package func accessTokens() throws(VaultError) -> [AccessTokenRecord] {
    try all("SELECT id, sealed FROM access_token ORDER BY id", [], accessToken)
  }

  /// The one with this secret.
  package func accessToken(secret: [UInt8]) throws(VaultError) -> AccessTokenRecord? {
    try first(
      "SELECT id, sealed FROM access_token WHERE secret_hash = ?", [lookup(label: Self.secretLabel, secret)],
      accessToken)
  }

  /// The one in this row.
  package func accessToken(id: Int64) throws(VaultError) -> AccessTokenRecord? {
    try first("SELECT id, sealed FROM access_token WHERE id = ?", [id], accessToken)
  }

  /// Adds one.
  ///
  /// - Returns: its row.
  package func insertAccessToken(_ record: AccessTokenRecord, secret: [UInt8]) throws(VaultError) -> Int64 {
    let id = try nextRowID(.accessToken)
    var writer = LayoutWriter()
    do throws(LayoutError) { try writer.lengthPrefixed16([UInt8](record.name.utf8)) } catch { throw .outOfRange }
    writer.uint32(record.scopes)
    writer.int64(record.createdAt)
    writer.optional(record.expiresAt)
    let sealed = try seal(.accessToken, id) { $0.append(writer.bytes) }
    try execute(
      "INSERT INTO access_token (id, secret_hash, sealed) VALUES (?, ?, ?)",
      [id, lookup(label: Self.secretLabel, secret), sealed])
    return id
  }

  /// Forgets one: its secret is worth nothing from now on.
  ///
  /// - Returns: whether it was there.
  package func deleteAccessToken(id: Int64) throws(VaultError) -> Bool {
    try execute("DELETE FROM access_token WHERE id = ?", [id]) > 0
  }

  private func accessToken(_ row: VaultRow) throws(VaultError) -> AccessTokenRecord {
    let id = try row.integer(0)
    return try open(try row.blob(1), .accessToken, id) { reader throws(LayoutError) in
      AccessTokenRecord(
        id: id, name: String(decoding: try reader.lengthPrefixed16(), as: UTF8.self), scopes: try reader.uint32(),
        createdAt: try reader.int64(), expiresAt: try reader.optionalInt64())
    }
  }
}
