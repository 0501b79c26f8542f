/// Where a relay listens and how one speaks to it: a host and a port, as a route of a device list carries them (C1).
///
/// A route says nothing of TLS; its host does (C14). A literal of loopback is spoken to without it: nothing of it leaves
/// the machine. So is an onion service, which Tor encrypts up to the owner of the key that its name is. Everything else is
/// TLS. Does not resolve names or connect.
package struct RelayAddress: Hashable, Sendable {
  /// What lies between the node and the relay.
  package enum Protection: Hashable, Sendable {
    /// `ws://`: bytes as they are.
    case plain
    /// `wss://`: TLS 1.2 or 1.3, with a certificate for the host.
    case tls
  }

  /// A DNS name, an IPv4 address in four decimal numbers, or an IPv6 address without brackets; lower-case ASCII.
  package let host: String
  /// 1 … 65 535.
  package let port: Int
  /// Whether TLS is spoken there.
  package let protection: Protection

  /// `host:port`, lower-case ASCII, an IPv6 address in brackets: the form of the routes (C1).
  package var route: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// `ws://host:port`, or `wss://host:port`.
  package var url: String { (protection == .tls ? "wss://" : "ws://") + route }

  /// Whether it is on this machine: `localhost`, 127.0.0.0/8 or ::1.
  package var isLoopback: Bool { Self.isLoopback(host) }
  /// Whether it is an onion service, which only Tor can reach.
  package var isOnion: Bool { Self.isOnion(host) }
  /// Whether it is an IP address and not a name.
  package var isLiteral: Bool { host.contains(":") || Self.endsInNumber(host) }

  /// Reads `ws://HOST:PORT` or `wss://HOST:PORT`, with or without a final slash (C14). The scheme must be the one that the
  /// host asks for.
  ///
  /// - Parameter tlsOnLoopback: whether loopback speaks TLS too: for tests.
  /// - Throws: ``RelayAddressError``.
  package init(url: String, tlsOnLoopback: Bool = false) throws(RelayAddressError) {
    guard let colon = url.firstRange(of: "://") else { throw .malformed }
    var rest = url[colon.upperBound...]
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    let asked: Protection
    switch url[..<colon.lowerBound].lowercased() {
    case "ws": asked = .plain
    case "wss": asked = .tls
    default: throw .unsupportedScheme
    }
    try self.init(route: String(rest), tlsOnLoopback: tlsOnLoopback)
    guard protection == asked else { throw protection == .tls ? .needsTLS : .speaksPlain }
  }

  /// Reads `HOST:PORT` (C1).
  ///
  /// - Parameter tlsOnLoopback: whether loopback speaks TLS too: for tests.
  /// - Throws: ``RelayAddressError/malformed``.
  package init(route: String, tlsOnLoopback: Bool = false) throws(RelayAddressError) {
    guard let colon = route.lastIndex(of: ":") else { throw .malformed }
    let digits = route[route.index(after: colon)...]
    guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      digits.first != "0", let port = Int(digits), port <= 65_535
    else { throw .malformed }
    var host = route[..<colon].lowercased()
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
      guard host.contains(":"), host.utf8.allSatisfy(Self.isIPv6Character) else { throw .malformed }
    } else {
      guard Self.isName(host), !Self.endsInNumber(host) || Self.octets(host) != nil else { throw .malformed }
    }
    self.host = host
    self.port = port
    protection = Self.isOnion(host) || (Self.isLoopback(host) && !tlsOnLoopback) ? .plain : .tls
  }

  // MARK: Hosts

  /// Labels of 1 … 63 letters, digits and hyphens, 253 bytes in all.
  private static func isName(_ host: String) -> Bool {
    host.utf8.count <= 253
      && host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
        (1...63).contains(label.count) && label.allSatisfy(isNameCharacter)
      }
  }

  private static func isNameCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
    default: false
    }
  }

  private static func isIPv6Character(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"): true
    default: false
    }
  }

  /// No top-level domain begins with a digit: resolvers take what does for an IPv4 address, in many spellings.
  private static func endsInNumber(_ host: String) -> Bool {
    host.split(separator: ".").last?.utf8.first.map { (0x30...0x39).contains($0) } ?? false
  }

  /// Four decimal numbers without leading zeros.
  private static func octets(_ host: String) -> [UInt8]? {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    let octets = parts.compactMap { part in UInt8(part).flatMap { part == String($0) ? $0 : nil } }
    return parts.count == 4 && octets.count == 4 ? octets : nil
  }

  private static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || octets(host)?.first == 127
  }

  private static func isOnion(_ host: String) -> Bool { host.hasSuffix(".onion") }
}

/// Why a text names no relay that can be reached.
package enum RelayAddressError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Not `ws://HOST:PORT` or `wss://HOST:PORT`.
  case malformed
  /// The scheme is neither `ws` nor `wss`.
  case unsupportedScheme
  /// `ws://` with a host that is not on loopback.
  case needsTLS
  /// `wss://` with a host that is spoken to without TLS: loopback, or an onion service.
  case speaksPlain

  package var description: String {
    switch self {
    case .malformed: "Not a relay address. Write wss://HOST:PORT, or on this machine ws://127.0.0.1:8440."
    case .unsupportedScheme: "A relay address begins with wss:// (or, on this machine, ws://)."
    case .needsTLS: "Only a relay on this machine is reached without TLS: write wss://HOST:PORT."
    case .speaksPlain: "A relay on this machine or at an onion address is reached without TLS: write ws://HOST:PORT."
    }
  }
}
