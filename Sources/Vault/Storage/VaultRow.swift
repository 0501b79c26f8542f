import ByteLayout
import Foundation
import GRDBSQLite

/// A row that a statement gave, copied out of it. Columns are read without trusting the file: a value of another type than
/// the vault writes is ``VaultError/corrupt(_:)``.
struct VaultRow {
  private enum Value {
    case null
    case integer(Int64)
    case blob(Data)
    /// Text and floating point, of which the vault has none.
    case other
  }

  private let values: [Value]

  /// - Parameter statement: that stands on a row.
  init(_ statement: OpaquePointer) {
    values = (0..<sqlite3_column_count(statement)).map { index in
      switch sqlite3_column_type(statement, index) {
      case SQLITE_NULL: .null
      case SQLITE_INTEGER: .integer(sqlite3_column_int64(statement, index))
      case SQLITE_BLOB:
        if let bytes = sqlite3_column_blob(statement, index) {
          .blob(Data(bytes: bytes, count: Int(sqlite3_column_bytes(statement, index))))
        } else {
          .blob(Data())
        }
      default: .other
      }
    }
  }

  func integer(_ index: Int) throws(VaultError) -> Int64 {
    guard let value = try optionalInteger(index) else { throw .corrupt(.database) }
    return value
  }

  func optionalInteger(_ index: Int) throws(VaultError) -> Int64? {
    switch values[index] {
    case .integer(let value): value
    case .null: nil
    case .blob, .other: throw .corrupt(.database)
    }
  }

  func uint8(_ index: Int) throws(VaultError) -> UInt8 { try unsigned(index) }
  func uint32(_ index: Int) throws(VaultError) -> UInt32 { try unsigned(index) }
  func uint64(_ index: Int) throws(VaultError) -> UInt64 { try unsigned(index) }

  func blob(_ index: Int) throws(VaultError) -> Data {
    guard let value = try optionalBlob(index) else { throw .corrupt(.database) }
    return value
  }

  func optionalBlob(_ index: Int) throws(VaultError) -> Data? {
    switch values[index] {
    case .blob(let value): value
    case .null: nil
    case .integer, .other: throw .corrupt(.database)
    }
  }

  func hash(_ index: Int) throws(VaultError) -> FixedBytes<16> {
    guard let value = try optionalHash(index) else { throw .corrupt(.database) }
    return value
  }

  func optionalHash(_ index: Int) throws(VaultError) -> FixedBytes<16>? {
    guard let bytes = try optionalBlob(index) else { return nil }
    do { return try bytes.withUnsafeBytes { bytes throws(LayoutError) in try FixedBytes<16>(bytes) } } catch {
      throw .corrupt(.database)
    }
  }

  private func unsigned<Value: FixedWidthInteger & UnsignedInteger>(_ index: Int) throws(VaultError) -> Value {
    guard let value = Value(exactly: try integer(index)) else { throw .corrupt(.database) }
    return value
  }
}
