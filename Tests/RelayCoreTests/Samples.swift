import ByteLayout
import RelayWire

enum Sample {
  static func fixed<let count: Int>(_ byte: UInt8) -> FixedBytes<count> {
    var value = FixedBytes<count>()
    for index in 0..<count { value[index] = byte }
    return value
  }

  static func hexadecimal<let count: Int>(_ text: String) throws -> FixedBytes<count> {
    try FixedBytes<count>(try Hexadecimal.decode(text))
  }

  static let relayKey = RelayKey(fixed(0x11))
  static let mailbox = MailboxID(fixed(0x33))
}
