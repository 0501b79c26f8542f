package import ByteLayout
import Foundation
import GRDB
import Primitives
import SecretMemory

/// What a write or read transaction works with. Valid inside its closure only: never store it.
///
/// Everything that it changes is kept or dropped together. In a read every change is refused.
package final class VaultTransaction {
  let database: Database
  let keys: KeySchedule
  let root: ErasureRoot
  let randomness: any Randomness
  let nonces: NonceSequence
  fileprivate let isReadOnly: Bool
  /// The bucket of message keys that was needed last.
  var openedBucket: Bucket?
  /// What this transaction has opened.
  fileprivate var opened = OpenedValues()
  /// The row ids that this transaction has given out last.
  fileprivate var givenRowIDs: [VaultTable: Int64] = [:]
  /// What it keeps of the rows that it has read and changed.
  var kept = KeptRows()
  fileprivate var known = KnownRows()

  init(
    database: Database, keys: KeySchedule, root: ErasureRoot, randomness: any Randomness, isReadOnly: Bool = false
  ) {
    self.database = database
    self.keys = keys
    self.root = root
    self.randomness = randomness
    nonces = NonceSequence(randomness)
    self.isReadOnly = isReadOnly
  }

  /// The keyed hash under which a value is found: HMAC-SHA-256 under a purpose key, first 16 bytes.
  ///
  /// - Parameter label: what kind of value it is, without a zero byte; equal bytes under two labels do not match.
  package func lookup(label: String, _ bytes: [UInt8]) -> FixedBytes<16> {
    keys.lookup(label: label, bytes)
  }
}

/// A read-only snapshot.
package typealias VaultReader = VaultTransaction

// MARK: - SQL

extension VaultTransaction {
  /// SQLITE_READONLY.
  private static let readOnlyCode: Int32 = 8
  typealias Argument = (any VaultValue)?

  /// Runs a statement, prepared once per connection.
  ///
  /// - Returns: how many rows it changed.
  @discardableResult
  func execute(_ sql: String, _ arguments: [Argument] = []) throws(VaultError) -> Int {
    // What SQLite itself says of a database that may only be read.
    guard !isReadOnly else { throw .database(code: Self.readOnlyCode) }
    let scope = StatementScope.of(sql)
    if scope.cascades { try forgetKeptRows() } else if !scope.tables.isEmpty { try forgetKeptRows(of: scope.tables) }
    return try perform(sql, arguments)
  }

  /// As ``execute(_:_:)``, for a statement that writes what this transaction keeps: that stays as it is.
  @discardableResult
  private func perform(_ sql: String, _ arguments: [Argument]) throws(VaultError) -> Int {
    do {
      let statement = try VaultStatement.bound(sql, arguments, database)
      while try statement.next() != nil {}
      return database.changesCount
    } catch {
      forgetDroppedRows()
      throw VaultError(error)
    }
  }

  /// Runs a statement that must change exactly one row.
  ///
  /// - Throws: ``VaultError/notStored`` when the row is not there.
  func executeOnOne(_ sql: String, _ arguments: [Argument]) throws(VaultError) {
    guard try execute(sql, arguments) == 1 else { throw .notStored }
  }

  func rows(_ sql: String, _ arguments: [Argument] = []) throws(VaultError) -> [VaultRow] {
    let scope = StatementScope.of(sql)
    try writeChanges(of: scope.tables)
    do {
      return try known.rows(sql, arguments, scope, wantsAll: true) {
        let statement = try VaultStatement.bound(sql, arguments, database)
        var rows: [VaultRow] = []
        while let row = try statement.next() { rows.append(row) }
        return rows
      }
    } catch { throw VaultError(error) }
  }

  /// The first row.
  func row(_ sql: String, _ arguments: [Argument] = []) throws(VaultError) -> VaultRow? {
    let scope = StatementScope.of(sql)
    try writeChanges(of: scope.tables)
    do {
      return try known.rows(sql, arguments, scope, wantsAll: false) {
        try VaultStatement.bound(sql, arguments, database).next().map { [$0] } ?? []
      }.first
    } catch { throw VaultError(error) }
  }

  /// The first row, of a table whose changes may wait to be written: for a row that is not kept, and so has none.
  func unkeptRow(_ sql: String, _ arguments: [Argument]) throws(VaultError) -> VaultRow? {
    do { return try VaultStatement.bound(sql, arguments, database).next() } catch { throw VaultError(error) }
  }

  /// The first column of the only row, an integer.
  func integer(_ sql: String, _ arguments: [Argument] = []) throws(VaultError) -> Int64 {
    guard let row = try row(sql, arguments) else { throw .corrupt(.database) }
    return try row.integer(0)
  }

  func all<Record>(
    _ sql: String, _ arguments: [Argument] = [], _ decode: (VaultRow) throws(VaultError) -> Record
  ) throws(VaultError) -> [Record] {
    var records: [Record] = []
    for row in try rows(sql, arguments) { records.append(try decode(row)) }
    return records
  }

  func first<Record>(
    _ sql: String, _ arguments: [Argument] = [], _ decode: (VaultRow) throws(VaultError) -> Record
  ) throws(VaultError) -> Record? {
    guard let row = try row(sql, arguments) else { return nil }
    return try decode(row)
  }

  /// The greatest row id that the table has ever had, 0 at first: AUTOINCREMENT's own count, which outlives deletions.
  func greatestRowID(_ table: VaultTable) throws(VaultError) -> Int64 {
    guard let row = try row("SELECT seq FROM sqlite_sequence WHERE name = ?", [table.rawValue]) else { return 0 }
    return try row.integer(0)
  }

  /// The row id that the next row gets, so that its values can be sealed for it before it is inserted.
  func nextRowID(_ table: VaultTable) throws(VaultError) -> Int64 {
    let last = if let given = givenRowIDs[table] { given } else { try greatestRowID(table) }
    let (next, overflow) = last.addingReportingOverflow(1)
    guard !overflow else { throw .outOfRange }
    givenRowIDs[table] = next
    return next
  }

  /// Rows were dropped, or never came to be: their ids are given out again.
  func forgetDroppedRows() {
    givenRowIDs = [:]
    openedBucket = nil
  }
}

// MARK: - Rows that are kept

extension VaultTransaction {
  /// Everything since a point was dropped: what is kept may be of a later time.
  ///
  /// What had changed before that point must have been written before it.
  func forgetDroppedChanges() {
    forgetDroppedRows()
    kept = KeptRows()
    known.forgetAll()
  }

  /// Writes what has changed, and forgets all that is kept: somebody else is about to write.
  func forgetKeptRows() throws(VaultError) {
    try writeChanges(of: .changing)
    kept = KeptRows()
    known.forgetAll()
  }

  private func forgetKeptRows(of tables: KeptTables) throws(VaultError) {
    try writeChanges(of: tables)
    kept.forget(tables)
    known.forget(tables)
  }

  /// Writes the changes of these tables that have waited, in the order of their rows.
  func writeChanges(of tables: KeptTables) throws(VaultError) {
    let tables = kept.unwritten.intersection(tables)
    guard !tables.isEmpty else { return }
    if tables.contains(.peerDevices) {
      for (id, device) in kept.peerDevices.filter({ $0.value.isChanged }).sorted(by: { $0.key < $1.key }) {
        try writeOne(Self.peerDeviceUpdate, try peerDeviceArguments(device.record))
        kept.peerDevices[id]?.isChanged = false
      }
    }
    if tables.contains(.conversations) {
      for (id, conversation) in kept.conversations.filter({ $0.value.isChanged }).sorted(by: { $0.key < $1.key }) {
        try writeOne(Self.conversationUpdate, try conversationArguments(conversation.record))
        kept.conversations[id]?.isChanged = false
      }
    }
    if tables.contains(.archives) {
      for (id, ratchet) in kept.ratchets.filter({ $0.value.isChanged }).sorted(by: { $0.key < $1.key }) {
        let archive: SecretBytes
        do { archive = try ratchet.record.archive() } catch { throw VaultError(error) }
        try writeOne(Self.archiveUpdate, [try seal(secret: archive, .session, "archive", id), id])
        kept.ratchets[id]?.isChanged = false
      }
      known.forget([KeptTables(.session), .archives])
    }
    if tables.contains(.buckets), let bucket = kept.roomyBucket {
      try writeOne(Self.bucketUpdate, [bucket.messageCount, bucket.bucket.id])
    }
    kept.unwritten.subtract(tables)
  }

  private func writeOne(_ sql: String, _ arguments: [Argument]) throws(VaultError) {
    guard try perform(sql, arguments) == 1 else { throw .notStored }
  }

  /// Refuses a change that would wait, in a transaction that may not change anything.
  func allowChange() throws(VaultError) {
    guard !isReadOnly else { throw .database(code: Self.readOnlyCode) }
  }
}

// MARK: - Sealed columns

extension VaultTransaction {
  /// Seals a record's fields for its column `sealed`.
  func seal(
    _ table: VaultTable, _ rowID: Int64, _ write: (inout LayoutWriter) -> Void
  ) throws(VaultError) -> Data {
    var writer = LayoutWriter()
    write(&writer)
    return try SealedValue.seal(
      writer.bytes, key: keys.key(of: table).key, at: ColumnPlace(table, "sealed", rowID), nonce: nonces.next())
  }

  /// Opens a record's column `sealed` and reads its fields, all of them.
  func open<Fields>(
    _ sealed: Data, _ table: VaultTable, _ rowID: Int64, _ read: (inout LayoutReader) throws(LayoutError) -> Fields
  ) throws(VaultError) -> Fields {
    let place = ColumnPlace(table, "sealed", rowID)
    let value: [UInt8]
    if let known = opened.value(of: sealed, table, rowID) {
      value = known
    } else {
      value = try SealedValue.open(sealed, key: keys.key(of: table).key, at: place)
      opened.keep(value, sealed: sealed, table, rowID)
    }
    var reader = LayoutReader(value)
    do throws(LayoutError) {
      let fields = try read(&reader)
      try reader.finish()
      return fields
    } catch { throw place.damaged }
  }

  /// Seals a secret for its own column.
  func seal(
    secret: borrowing SecretBytes, _ table: VaultTable, _ column: String, _ rowID: Int64
  ) throws(VaultError) -> Data {
    try SealedValue.seal(
      secret: secret, key: keys.key(of: table).key, at: ColumnPlace(table, column, rowID), nonce: nonces.next())
  }

  /// Reads the secret in `column`, if the row is there and has one.
  func secret(_ table: VaultTable, _ column: String, _ rowID: Int64) throws(VaultError) -> SecretBytes? {
    guard let row = try row("SELECT \(column) FROM \(table.rawValue) WHERE id = ?", [rowID]),
      let sealed = try row.optionalBlob(0)
    else { return nil }
    return try SealedValue.openSecret(
      sealed, key: keys.key(of: table).key, at: ColumnPlace(table, column, rowID))
  }

  /// Reads a secret that its row always has.
  ///
  /// - Throws: ``VaultError/notStored`` when the row is not there.
  func requiredSecret(_ table: VaultTable, _ column: String, _ rowID: Int64) throws(VaultError) -> SecretBytes {
    guard let secret = try secret(table, column, rowID) else { throw .notStored }
    return secret
  }

  /// Replaces the secret in `column` of a row that exists.
  func setSecret(
    _ secret: borrowing SecretBytes, _ table: VaultTable, _ column: String, _ rowID: Int64
  ) throws(VaultError) {
    let sealed = try seal(secret: secret, table, column, rowID)
    try executeOnOne("UPDATE \(table.rawValue) SET \(column) = ? WHERE id = ?", [sealed, rowID])
  }

  /// Removes the secret in `column` of a row that exists.
  func clearSecret(_ table: VaultTable, _ column: String, _ rowID: Int64) throws(VaultError) {
    try executeOnOne("UPDATE \(table.rawValue) SET \(column) = NULL WHERE id = ?", [rowID])
  }

  /// A counter as SQLite holds it.
  ///
  /// - Throws: ``VaultError/outOfRange`` above 2⁶³ − 1.
  static func stored(_ counter: UInt64) throws(VaultError) -> Int64 {
    guard let value = Int64(exactly: counter) else { throw .outOfRange }
    return value
  }
}
