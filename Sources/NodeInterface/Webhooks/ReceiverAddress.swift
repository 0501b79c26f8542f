/// Which addresses events may be posted to. A name can lead anywhere, so it is judged by its addresses.
package enum ReceiverAddress: Hashable, Sendable {
  /// This machine.
  case loopback
  case ordinary
  /// Link-local, multicast, unspecified, or where clouds keep the secrets of their machines.
  case refused

  /// - Parameter bytes: 4 or 16, in network order; nothing else is an address.
  package init(_ bytes: [UInt8]) {
    switch bytes.count {
    case 4: self = Self.four(bytes)
    case 16: self = Self.six(bytes)
    default: self = .refused
    }
  }

  private static func four(_ bytes: [UInt8]) -> ReceiverAddress {
    switch (bytes[0], bytes[1]) {
    case (127, _): .loopback
    case (0, _), (169, 254), (224..., _): .refused
    default: metadata4.contains(bytes) ? .refused : .ordinary
    }
  }

  /// Alibaba's and Oracle's; the others are link-local.
  private static let metadata4: [[UInt8]] = [[100, 100, 100, 200], [192, 0, 0, 192]]

  /// Amazon's and Google's: fd00:ec2::254, fd20:ce::254.
  private static let metadata6: [[UInt8]] = [
    [0xfd, 0x00, 0x0e, 0xc2] + zeros(10) + [0x02, 0x54], [0xfd, 0x20, 0x00, 0xce] + zeros(10) + [0x02, 0x54],
  ]

  private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

  private static func six(_ bytes: [UInt8]) -> ReceiverAddress {
    if bytes == zeros(15) + [1] { return .loopback }
    if metadata6.contains(bytes) { return .refused }
    if bytes[0] == 0xff || (bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80) { return .refused }
    // An IPv4 address in another dress: ::a.b.c.d, ::ffff:a.b.c.d, 64:ff9b::a.b.c.d, 2002:abcd::.
    let first = Array(bytes.prefix(12))
    if first == zeros(12) || first == zeros(10) + [0xff, 0xff] || first == [0, 0x64, 0xff, 0x9b] + zeros(8) {
      return four(Array(bytes.suffix(4)))
    }
    if bytes[0] == 0x20, bytes[1] == 0x02 { return four(Array(bytes[2..<6])) }
    return .ordinary
  }
}
