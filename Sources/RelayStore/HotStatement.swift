import ByteLayout
import Foundation
import GRDB
import GRDBSQLite
import RelayCore

/// A statement that runs for every put: GRDB prepares and keeps it, and it is bound and read without the values, rows and
/// dictionaries that GRDB makes on the way. Everything else goes through `Database`.
///
/// Belongs to the transaction that it was made in.
final class HotStatement {
  /// Keeps ``statement`` alive.
  private let owner: Statement
  private let statement: SQLiteStatement
  /// Parameters are bound in the order of the calls.
  private var parameter: Int32 = 0
  /// The first failure of a binding.
  private var failure = SQLITE_OK

  init(_ sql: String, _ database: Database) throws {
    owner = try database.cachedStatement(sql: sql)
    statement = owner.sqliteStatement
  }

  // MARK: Parameters, from the first to the last

  func bind(_ value: UInt64) { bind(Int64(clamping: value)) }

  func bind(_ value: Int64) { bound(sqlite3_bind_int64(statement, next(), value)) }

  /// SQLite copies the bytes; nil is NULL.
  func bind<let count: Int>(_ value: FixedBytes<count>?) {
    let index = next()
    guard let value else { return bound(sqlite3_bind_null(statement, index)) }
    value.withBytes { bytes in
      bytes.withUnsafeBytes {
        bound(sqlite3_bind_blob(statement, index, $0.baseAddress, Int32($0.count), Self.copied))
      }
    }
  }

  private func next() -> Int32 {
    parameter += 1
    return parameter
  }

  private func bound(_ code: Int32) { if failure == SQLITE_OK { failure = code } }

  /// SQLITE_TRANSIENT.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  // MARK: Results

  /// Runs the statement to its end.
  func run() throws {
    defer { reset() }
    try check(step(), SQLITE_DONE)
  }

  /// Binds `data` behind the rest without a copy, and runs the statement to its end.
  func run(lastly data: Data) throws {
    try data.withUnsafeBytes { bytes in
      // No destructor: the bytes outlive the step, and the binding does not outlive them.
      bound(sqlite3_bind_blob(statement, next(), bytes.baseAddress, Int32(bytes.count), nil))
      defer { sqlite3_clear_bindings(statement) }
      try run()
    }
  }

  /// The first row, as `read` sees it; nil: there is none.
  func first<Value>(_ read: (HotRow) throws -> Value) throws -> Value? {
    defer { reset() }
    let code = step()
    guard code != SQLITE_DONE else { return nil }
    try check(code, SQLITE_ROW)
    return try read(HotRow(statement: statement))
  }

  private func step() -> Int32 { failure == SQLITE_OK ? sqlite3_step(statement) : failure }

  private func reset() {
    // Says again what the step said.
    _ = sqlite3_reset(statement)
    (parameter, failure) = (0, SQLITE_OK)
  }

  private func check(_ code: Int32, _ wanted: Int32) throws {
    guard code == wanted else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
  }
}

/// The row on which a ``HotStatement`` stands, by column. A value that no relay wrote means a damaged file, not a crash.
struct HotRow {
  fileprivate let statement: SQLiteStatement

  func number<Number: FixedWidthInteger>(_ column: Int32) throws(StoreError) -> Number {
    guard sqlite3_column_type(statement, column) == SQLITE_INTEGER,
      let value = Number(exactly: sqlite3_column_int64(statement, column))
    else { throw .damaged }
    return value
  }

  func fixed<let count: Int>(_ column: Int32) throws(StoreError) -> FixedBytes<count> {
    guard sqlite3_column_type(statement, column) == SQLITE_BLOB, let bytes = sqlite3_column_blob(statement, column),
      Int(sqlite3_column_bytes(statement, column)) == count
    else { throw .damaged }
    return FixedBytes { value in
      value.withUnsafeMutableBytes { $0.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: count)) }
    }
  }
}
