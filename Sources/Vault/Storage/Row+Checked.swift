import ByteLayout
import Foundation
import GRDB

/// Columns, read without trusting the file: GRDB's own subscripts trap on a value of another type.
extension Row {
  func integer(_ index: Int) throws(VaultError) -> Int64 {
    guard let value = try optionalInteger(index) else { throw .corrupt(.database) }
    return value
  }

  func optionalInteger(_ index: Int) throws(VaultError) -> Int64? {
    switch (self[index] as DatabaseValue).storage {
    case .int64(let value): return value
    case .null: return nil
    default: throw .corrupt(.database)
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
    switch (self[index] as DatabaseValue).storage {
    case .blob(let value): return value
    case .null: return nil
    default: throw .corrupt(.database)
    }
  }

  func hash(_ index: Int) throws(VaultError) -> FixedBytes<16> {
    let bytes = try blob(index)
    do { return try FixedBytes<16>(bytes) } catch { throw .corrupt(.database) }
  }

  func optionalHash(_ index: Int) throws(VaultError) -> FixedBytes<16>? {
    try optionalBlob(index) == nil ? nil : try hash(index)
  }

  private func unsigned<Value: FixedWidthInteger & UnsignedInteger>(_ index: Int) throws(VaultError) -> Value {
    guard let value = Value(exactly: try integer(index)) else { throw .corrupt(.database) }
    return value
  }
}
