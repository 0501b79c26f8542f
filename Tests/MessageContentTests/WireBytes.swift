/// Protobuf written by hand, so that tests can say what no node of this version would.
enum WireBytes {
  static func varint(_ field: Int, _ value: UInt64) -> [UInt8] {
    encoded(UInt64(field << 3)) + encoded(value)
  }

  static func bytes(_ field: Int, _ value: [UInt8]) -> [UInt8] {
    encoded(UInt64(field << 3 | 2)) + encoded(UInt64(value.count)) + value
  }

  static func text(_ field: Int, _ value: String) -> [UInt8] { bytes(field, [UInt8](value.utf8)) }

  /// A Content with the id 1, 2, … 16, sent at 1 790 000 000 000, and `rest`.
  static func content(_ rest: [UInt8]) -> [UInt8] {
    bytes(1, (1...16).map { UInt8($0) }) + varint(3, 1_790_000_000_000) + rest
  }

  static func body(_ body: [UInt8]) -> [UInt8] { content(bytes(10, body)) }
  static func textBody(_ text: String) -> [UInt8] { body(bytes(1, self.text(1, text))) }
  static func control(_ control: [UInt8]) -> [UInt8] { content(bytes(14, control)) }

  private static func encoded(_ value: UInt64) -> [UInt8] {
    var rest = value
    var encoded: [UInt8] = []
    repeat {
      let low = UInt8(truncatingIfNeeded: rest & 0x7f)
      rest >>= 7
      encoded.append(rest == 0 ? low : low | 0x80)
    } while rest != 0
    return encoded
  }
}
