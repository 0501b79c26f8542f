import ByteLayout
import Foundation
import SecretMemory

/// What sealing keys, signed prekeys and one-time prekeys have in common: a public number that is never used twice, the
/// time of the successor, a body, and a private key on its own.
///
/// Columns: id, superseded_at, sealed (createdAt ‖ body), private.
struct NumberedKey {
  let id: UInt32
  let createdAt: Int64
  let supersededAt: Int64?
  let body: [UInt8]
}

extension VaultTransaction {
  /// - Throws: ``VaultError/identifierUsed(_:)`` unless the id is greater than all that the table has ever had.
  func insertNumberedKey(
    _ table: VaultTable, _ key: NumberedKey, private secret: borrowing SecretBytes
  ) throws(VaultError) {
    let id = Int64(key.id)
    guard id > 0 else { throw .outOfRange }
    guard id > (try greatestRowID(table)) else { throw .identifierUsed(key.id) }
    let sealed = try seal(table, id) { fields in
      fields.int64(key.createdAt)
      fields.append(key.body)
    }
    try execute(
      "INSERT INTO \(table.rawValue) (id, superseded_at, sealed, private) VALUES (?, ?, ?, ?)",
      [id, key.supersededAt, sealed, try seal(secret: secret, table, "private", id)])
  }

  /// - Parameter condition: SQL after the column list.
  func numberedKeys(
    _ table: VaultTable, _ condition: String, _ arguments: [Argument] = []
  ) throws(VaultError) -> [NumberedKey] {
    try all("SELECT id, superseded_at, sealed FROM \(table.rawValue) \(condition)", arguments) {
      row throws(VaultError) in
      let id = try row.uint32(0)
      let fields = try open(try row.blob(2), table, Int64(id)) { reader throws(LayoutError) in
        (createdAt: try reader.int64(), body: [UInt8](reader.rest()))
      }
      return NumberedKey(
        id: id, createdAt: fields.createdAt, supersededAt: try row.optionalInteger(1), body: fields.body)
    }
  }

  func numberedKey(_ table: VaultTable, id: UInt32) throws(VaultError) -> NumberedKey? {
    try numberedKeys(table, "WHERE id = ?", [Int64(id)]).first
  }

  /// The one with the greatest id.
  func currentNumberedKey(_ table: VaultTable) throws(VaultError) -> NumberedKey? {
    try numberedKeys(table, "ORDER BY id DESC LIMIT 1").first
  }

  /// Notes the time of the successor where none is noted yet, on ids below `id`.
  func supersedeNumberedKeys(_ table: VaultTable, before id: Int64, at time: Int64) throws(VaultError) {
    try execute(
      "UPDATE \(table.rawValue) SET superseded_at = ? WHERE id < ? AND superseded_at IS NULL", [time, id])
  }

  func deleteSupersededNumberedKeys(_ table: VaultTable, before time: Int64) throws(VaultError) -> Int {
    try execute("DELETE FROM \(table.rawValue) WHERE superseded_at < ?", [time])
  }

  /// 0 when the table has never had one.
  func greatestNumberedKeyID(_ table: VaultTable) throws(VaultError) -> UInt32 {
    guard let id = UInt32(exactly: try greatestRowID(table)) else { throw .outOfRange }
    return id
  }
}
