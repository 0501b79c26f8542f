import ByteLayout
import Foundation
import GRDB
import RelayCore

extension Database {
  /// Runs a statement that is prepared once per connection.
  func run(_ sql: String, _ values: DatabaseValue...) throws {
    try cachedStatement(sql: sql).execute(arguments: StatementArguments(values))
  }

  /// The first row of a query that is prepared once per connection.
  func firstRow(_ sql: String, _ values: DatabaseValue...) throws -> Row? {
    try Row.fetchOne(try cachedStatement(sql: sql), arguments: StatementArguments(values))
  }
}

extension FixedBytes {
  var databaseValue: DatabaseValue { withBytes { $0.withUnsafeBytes { Data($0) } }.databaseValue }
}

extension UInt64 {
  /// Times, counters and seqs stay below 2⁶³ (checked on the wire).
  var databaseValue: DatabaseValue { Int64(clamping: self).databaseValue }
}

/// Columns by index. A value that is not what this version wrote means a damaged file, not a crash.
extension Row {
  func integer(_ index: Int) throws -> Int64 {
    guard let value = Int64.fromDatabaseValue(self[index] as DatabaseValue) else { throw StoreError.damaged }
    return value
  }

  func counter(_ index: Int) throws -> UInt64 {
    guard let value = UInt64(exactly: try integer(index)) else { throw StoreError.damaged }
    return value
  }

  func number<Number: FixedWidthInteger>(_ index: Int) throws -> Number {
    guard let value = Number(exactly: try integer(index)) else { throw StoreError.damaged }
    return value
  }

  /// nil for NULL.
  func data(_ index: Int) throws -> Data? {
    let value = self[index] as DatabaseValue
    if value.isNull { return nil }
    guard case .blob(let data) = value.storage else { throw StoreError.damaged }
    return data
  }

  func fixed<let count: Int>(_ index: Int) throws -> FixedBytes<count> {
    guard let data = try data(index), let value = try? FixedBytes<count>(data) else { throw StoreError.damaged }
    return value
  }
}

extension StoreError {
  /// What the caller hears of an error from below: a damaged file, or a disk that does not take or give data now.
  init(_ error: any Error) {
    if let error = error as? StoreError {
      self = error
    } else if let error = error as? DatabaseError,
      error.resultCode == .SQLITE_CORRUPT || error.resultCode == .SQLITE_NOTADB
    {
      self = .damaged
    } else {
      self = .unavailable
    }
  }
}
