import ByteLayout
import Foundation
import GRDB
import GRDBSQLite

/// What a parameter of a statement can be.
protocol VaultValue {
  /// - Returns: SQLite's result code.
  func bind(to statement: SQLiteStatement, at index: Int32) -> Int32
  /// Appends bytes that tell it from every other value, whatever follows.
  func appendIdentity(to bytes: inout [UInt8])
}

extension [UInt8] {
  /// kind ‖ u64 count ‖ bytes. Kind 0 is that there is no value.
  fileprivate mutating func append(kind: UInt8, _ value: UnsafeRawBufferPointer) {
    append(kind)
    append(number: Int64(value.count))
    append(contentsOf: value)
  }

  fileprivate mutating func append(number: Int64) {
    Swift.withUnsafeBytes(of: number) { append(contentsOf: $0) }
  }
}

extension Int64: VaultValue {
  func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 { sqlite3_bind_int64(statement, index, self) }
  func appendIdentity(to bytes: inout [UInt8]) {
    bytes.append(1)
    bytes.append(number: self)
  }
}

extension Int: VaultValue {
  func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
    sqlite3_bind_int64(statement, index, Int64(self))
  }
  func appendIdentity(to bytes: inout [UInt8]) { Int64(self).appendIdentity(to: &bytes) }
}

extension String: VaultValue {
  func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
    var copy = self
    return copy.withUTF8 { text in
      text.withMemoryRebound(to: CChar.self) {
        sqlite3_bind_text64(
          statement, index, $0.baseAddress, UInt64($0.count), VaultStatement.copied, UInt8(SQLITE_UTF8))
      }
    }
  }
  func appendIdentity(to bytes: inout [UInt8]) {
    var copy = self
    copy.withUTF8 { bytes.append(kind: 2, UnsafeRawBufferPointer($0)) }
  }
}

extension Data: VaultValue {
  func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
    withUnsafeBytes { VaultStatement.bind($0, to: statement, at: index) }
  }
  func appendIdentity(to bytes: inout [UInt8]) { withUnsafeBytes { bytes.append(kind: 3, $0) } }
}

extension FixedBytes: VaultValue {
  func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
    withBytes { bytes in bytes.withUnsafeBytes { VaultStatement.bind($0, to: statement, at: index) } }
  }
  func appendIdentity(to identity: inout [UInt8]) {
    withBytes { bytes in bytes.withUnsafeBytes { identity.append(kind: 3, $0) } }
  }
}

/// A statement of a transaction: GRDB prepares and keeps it, and it is bound and read without the values and dictionaries
/// that GRDB makes on the way, which took as long as SQLite itself.
struct VaultStatement: ~Copyable {
  /// Keeps ``statement`` alive.
  private let owner: Statement
  private let statement: SQLiteStatement

  private init(_ owner: Statement) {
    self.owner = owner
    statement = owner.sqliteStatement
  }

  /// A statement that has its arguments.
  ///
  /// - Throws: GRDB's `DatabaseError` for SQL that SQLite does not take, or another number of parameters.
  static func bound(
    _ sql: String, _ arguments: [(any VaultValue)?], _ database: Database
  ) throws -> VaultStatement {
    let statement = VaultStatement(try database.cachedStatement(sql: sql))
    try statement.bind(arguments)
    return statement
  }

  private func bind(_ arguments: [(any VaultValue)?]) throws {
    guard Int(sqlite3_bind_parameter_count(statement)) == arguments.count else {
      throw DatabaseError(resultCode: .SQLITE_MISUSE)
    }
    for (index, argument) in arguments.enumerated() {
      let place = Int32(index + 1)
      let code = argument.map { $0.bind(to: statement, at: place) } ?? sqlite3_bind_null(statement, place)
      guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
    }
  }

  deinit {
    // Says again what the step said. Afterwards the statement holds nothing of its arguments.
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
  }

  /// The next row; nil: there is none, and what the statement does is done.
  func next() throws -> VaultRow? {
    switch sqlite3_step(statement) {
    case SQLITE_ROW: VaultRow(statement)
    case SQLITE_DONE: nil
    default:
      throw DatabaseError(resultCode: ResultCode(rawValue: sqlite3_extended_errcode(sqlite3_db_handle(statement))))
    }
  }

  /// SQLITE_TRANSIENT.
  static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  /// An empty value is a blob too, not NULL.
  static func bind(_ bytes: UnsafeRawBufferPointer, to statement: SQLiteStatement, at index: Int32) -> Int32 {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, index, 0) }
    return sqlite3_bind_blob64(statement, index, start, UInt64(bytes.count), copied)
  }
}
