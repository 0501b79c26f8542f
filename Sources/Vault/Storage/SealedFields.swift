import ByteLayout
import Foundation

/// The fields of a record that lie inside its sealed value, in the layouts of C0.
extension LayoutWriter {
  mutating func int64(_ value: Int64) { uint64(UInt64(bitPattern: value)) }

  /// 0x00, or 0x01 ‖ i64.
  mutating func optional(_ value: Int64?) {
    uint8(value == nil ? 0 : 1)
    if let value { int64(value) }
  }
}

extension LayoutReader {
  mutating func int64() throws(LayoutError) -> Int64 { Int64(bitPattern: try uint64()) }

  /// 0x00, or 0x01 ‖ i64.
  mutating func optionalInt64() throws(LayoutError) -> Int64? {
    switch try uint8() {
    case 0: nil
    case 1: try int64()
    case let value: throw .unknownValue(field: "optional", value: Int(value))
    }
  }
}
