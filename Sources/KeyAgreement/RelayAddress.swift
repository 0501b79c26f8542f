package import ByteLayout

/// Where a relay listens: host ":" port, lower-case ASCII, ≤ 255 bytes (C1).
///
/// One spelling per name and IPv4 address: no upper case, no trailing dot, no leading zeros, no IPv4 address in any form but
/// four decimal numbers (resolvers also take "127.1" and "0x7f000001", which would slip past ``isLocal``). IPv6 addresses
/// are taken in every spelling of RFC 4291 that is in lower case; two of them are two relays here.
package struct RelayAddress: Hashable, Sendable {
  /// The whole, as it stands in routes and invites.
  package let text: String
  /// A DNS name, an IPv4 address, or an IPv6 address without its brackets.
  package let host: String
  /// 1…65 535.
  package let port: UInt16
  /// Whether connecting there would stay on this machine or in its own network.
  ///
  /// Such routes of a peer are used only if a relay of one's own is on one (C1). True for loopback, private,
  /// carrier-shared, link-local and unspecified addresses and the names that mean them. A public name can still resolve
  /// to a local address: whoever connects judges the resolved address as well.
  package let isLocal: Bool

  /// - Throws: ``LayoutError/notAllowed(field:)`` for anything but the one spelling.
  package init(validating text: String) throws(LayoutError) {
    let bytes = [UInt8](text.utf8)
    guard bytes.count <= 255 else { throw .tooLong(limit: 255, actual: bytes.count) }
    guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")) else { throw .notAllowed(field: "relay address") }
    let hostBytes = [UInt8](bytes[..<colon])
    guard let port = Self.decimal(bytes[(colon + 1)...], maximum: 65_535), port > 0 else {
      throw .notAllowed(field: "relay port")
    }
    if hostBytes.first == UInt8(ascii: "[") {
      guard hostBytes.last == UInt8(ascii: "]"), hostBytes.count > 2,
        let address = IPv6Literal(hostBytes[1..<hostBytes.count - 1])
      else { throw .notAllowed(field: "relay host") }
      isLocal = address.isLocal
      host = String(decoding: hostBytes[1..<hostBytes.count - 1], as: UTF8.self)
    } else {
      isLocal = try Self.isLocalName(hostBytes)
      host = String(decoding: hostBytes, as: UTF8.self)
    }
    self.text = text
    self.port = UInt16(port)
  }

  // MARK: - Names and IPv4 addresses

  /// Checks a DNS name or IPv4 address and says whether it is local.
  private static func isLocalName(_ host: [UInt8]) throws(LayoutError) -> Bool {
    let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    for label in labels {
      guard (1...63).contains(label.count), label.first != UInt8(ascii: "-"), label.last != UInt8(ascii: "-"),
        label.allSatisfy(isNameCharacter)
      else { throw .notAllowed(field: "relay host") }
    }
    guard let last = labels.last, let initial = last.first else { throw .notAllowed(field: "relay host") }
    // No top-level domain begins with a digit: what does is meant, or would be taken, as an IPv4 address.
    if isDigit(initial) {
      guard let octets = ipv4Octets(host[...]) else { throw .notAllowed(field: "relay host") }
      return isLocalIPv4(octets)
    }
    let name = String(decoding: last, as: UTF8.self)
    return ["localhost", "local", "internal", "localdomain"].contains(name) || labels.count == 1
  }

  /// Four decimal numbers 0…255 without leading zeros, separated by dots.
  static func ipv4Octets(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var octets: [UInt8] = []
    for part in parts {
      guard let octet = decimal(part, maximum: 255) else { return nil }
      octets.append(UInt8(octet))
    }
    return octets
  }

  static func isLocalIPv4(_ octets: [UInt8]) -> Bool {
    switch (octets[0], octets[1]) {
    case (0, _), (10, _), (127, _): true
    case (100, 64...127): true  // shared with a carrier, RFC 6598
    case (169, 254): true
    case (172, 16...31): true
    case (192, 168): true
    default: false
    }
  }

  private static func decimal(_ digits: ArraySlice<UInt8>, maximum: Int) -> Int? {
    guard (1...5).contains(digits.count), digits.allSatisfy(isDigit) else { return nil }
    guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
    let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    return value <= maximum ? value : nil
  }

  private static func isDigit(_ character: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character)
  }

  private static func isNameCharacter(_ character: UInt8) -> Bool {
    isDigit(character) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(character) || character == UInt8(ascii: "-")
  }
}
