/// An IPv6 address in text (RFC 4291 §2.2), lower-case, without zone.
struct IPv6Literal {
  private var groups: [UInt16]

  /// Reads groups of one to four hexadecimal digits, at most one "::", and at most an IPv4 address at the end.
  init?(_ text: ArraySlice<UInt8>) {
    let colon = UInt8(ascii: ":")
    guard let compressed = Self.firstDoubleColon(text) else {
      guard let groups = Self.groups(text), groups.count == 8 else { return nil }
      self.groups = groups
      return
    }
    let head = text[..<compressed]
    let tail = text[(compressed + 2)...]
    // ":::" and a second "::" leave an empty group behind, which `groups` refuses.
    guard tail.first != colon, let before = Self.groups(head, allowingIPv4: false), let after = Self.groups(tail),
      before.count + after.count <= 7
    else { return nil }
    groups = before + [UInt16](repeating: 0, count: 8 - before.count - after.count) + after
  }

  /// Unspecified, loopback, unique local, link-local, or an IPv4 address of that kind in IPv6 clothes.
  var isLocal: Bool {
    if groups[0] & 0xfe00 == 0xfc00 || groups[0] & 0xffc0 == 0xfe80 || groups[0] & 0xffc0 == 0xfec0 { return true }
    if groups[0..<6].allSatisfy({ $0 == 0 }) {
      // ::, ::1 and the IPv4-compatible addresses, which nothing public uses.
      return true
    }
    let isMapped = groups[0..<5].allSatisfy({ $0 == 0 }) && groups[5] == 0xffff
    let isTranslated = groups[0] == 0x64 && groups[1] == 0xff9b
    guard isMapped || isTranslated else { return false }
    return RelayAddress.isLocalIPv4([
      UInt8(groups[6] >> 8), UInt8(groups[6] & 0xff), UInt8(groups[7] >> 8), UInt8(groups[7] & 0xff),
    ])
  }

  private static func firstDoubleColon(_ text: ArraySlice<UInt8>) -> Int? {
    text.indices.dropLast().first { text[$0] == UInt8(ascii: ":") && text[$0 + 1] == UInt8(ascii: ":") }
  }

  private static func groups(_ text: ArraySlice<UInt8>, allowingIPv4: Bool = true) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    var groups: [UInt16] = []
    let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if allowingIPv4, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
        guard let octets = RelayAddress.ipv4Octets(part) else { return nil }
        groups.append(UInt16(octets[0]) << 8 | UInt16(octets[1]))
        groups.append(UInt16(octets[2]) << 8 | UInt16(octets[3]))
        continue
      }
      guard (1...4).contains(part.count), let group = hexadecimal(part) else { return nil }
      groups.append(group)
    }
    return groups.count <= 8 ? groups : nil
  }

  private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt16? {
    var value: UInt16 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt16(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt16(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return value
  }
}
