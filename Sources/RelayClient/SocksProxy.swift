import Ambient

/// A SOCKS 5 proxy (RFC 1928) that is asked by host name, with a user name of its own for each connection.
///
/// Tor gives streams with different user names different circuits (IsolateSOCKSAuth, its default). The names are random,
/// so that they tell the proxy nothing but that: these two are not to be mixed.
package struct SocksProxy: Hashable, Sendable {
  /// The proxy's host; resolved here.
  package let host: String
  /// 1 … 65 535.
  package let port: Int

  /// Reads `HOST:PORT`; an IPv6 address stands in brackets.
  ///
  /// - Throws: ``RelayTransportError/malformedProxy``.
  package init(_ text: String) throws(RelayTransportError) {
    // The same spelling as a route's; what it says of TLS means nothing here.
    do throws(RelayAddressError) {
      let address = try RelayAddress(route: text)
      (host, port) = (address.host, address.port)
    } catch { throw .malformedProxy }
  }

  /// A user name that no other connection has: 32 hexadecimal digits.
  static func userName(_ randomness: any PublicRandomness) -> [UInt8] {
    randomness.bytes(16).flatMap { byte in [byte >> 4, byte & 15].map { $0 < 10 ? 0x30 + $0 : 0x57 + $0 } }
  }
}
