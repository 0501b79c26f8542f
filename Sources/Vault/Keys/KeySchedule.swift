import ByteLayout
import Primitives
import SecretMemory

/// The purpose keys that HKDF derives from the master key. The master key itself is gone once they are made.
///
/// ```
/// master key ─ HKDF(salt = empty, info = label ‖ 0 [‖ table]) ┬─ one key per table
///                                                              ├─ look-up key
///                                                              ├─ search key
///                                                              └─ erasure slot key
/// ```
final class KeySchedule: Sendable {
  /// A key that a dictionary can hold.
  final class TableKey: Sendable {
    let key: SecretBytes
    init(_ key: consuming SecretBytes) { self.key = key }
  }

  private let tableKeys: [VaultTable: TableKey]
  private let lookupKey: SecretBytes
  private let searchKey: SecretBytes
  /// Seals the slots of `erasure.key`.
  let erasureSlotKey: SecretBytes

  init(masterKey: borrowing SecretBytes) throws(VaultError) {
    var tableKeys: [VaultTable: TableKey] = [:]
    for table in VaultTable.allCases where table.hasKey {
      let info = VaultLabel.bytes(VaultLabel.table, [UInt8](table.rawValue.utf8))
      tableKeys[table] = TableKey(try Self.derive(masterKey, info))
    }
    self.tableKeys = tableKeys
    lookupKey = try Self.derive(masterKey, VaultLabel.bytes(VaultLabel.lookup))
    searchKey = try Self.derive(masterKey, VaultLabel.bytes(VaultLabel.search))
    erasureSlotKey = try Self.derive(masterKey, VaultLabel.bytes(VaultLabel.erasureSlot))
  }

  /// The key of a table's sealed columns.
  func key(of table: VaultTable) -> TableKey {
    guard let key = tableKeys[table] else { preconditionFailure("\(table) has no key of its own") }
    return key
  }

  /// HMAC-SHA-256 of label ‖ 0 ‖ bytes, its first 16 bytes: equal values are found, nothing else is learnt without the
  /// master key.
  func lookup(label: String, _ bytes: [UInt8]) -> FixedBytes<16> {
    HMACSHA256.code(VaultLabel.bytes(label, bytes), key: lookupKey).prefix()
  }

  /// HMAC-SHA-256 of the codes of several search terms, its first 8 bytes each.
  func searchTokens(_ terms: some Sequence<[UInt8]>) -> Set<SearchToken> {
    HMACSHA256.withPreparedKey(searchKey) { key in
      var tokens: Set<SearchToken> = []
      for term in terms { tokens.insert(SearchToken(key.code(term).prefix())) }
      return tokens
    }
  }

  private static func derive(_ masterKey: borrowing SecretBytes, _ info: [UInt8]) throws(VaultError) -> SecretBytes {
    do {
      return try HKDFSHA256.derive(salt: [], inputKeyMaterial: masterKey, info: info, byteCount: 32)
    } catch { throw .primitive(error) }
  }
}
