package import Ambient
import NIOCore
import NIOSSL

/// How relays are reached: what is trusted in TLS, and whether everything goes through a SOCKS proxy such as Tor.
///
/// One value for a whole process; every connection of a node is made with it, so that none slips past the proxy.
package struct RelayTransport: Sendable {
  /// TLS as the system trusts it, no proxy.
  package static let direct = RelayTransport()

  /// Whether loopback speaks TLS, and may be reached through the proxy: for tests and for relays behind a tunnel.
  package let tlsOnLoopback: Bool
  /// Whether all connections go through a proxy.
  package var isProxied: Bool { proxy != nil }

  /// What this process has learnt about WebSockets to its relays.
  let memory: TransportMemory
  let pins: TLSPins
  let proxy: SocksProxy?
  let authorities: [NIOSSLCertificate]
  let randomness: any PublicRandomness

  private init() {
    tlsOnLoopback = false
    proxy = nil
    pins = TLSPins()
    memory = TransportMemory()
    authorities = []
    randomness = SystemPublicRandomness()
  }

  /// - Parameters:
  ///   - authorityFile: certificates in PEM that are trusted beside the system's, for a private relay.
  ///   - pins: the public keys that relays' certificates must have.
  ///   - proxy: a SOCKS 5 proxy for everything.
  ///   - memory: what is known of WebSockets to relays.
  ///   - randomness: where the proxy's user names come from.
  /// - Throws: ``RelayTransportError/noAuthorities(file:)``.
  package init(
    authorityFile: String? = nil, tlsOnLoopback: Bool = false, pins: TLSPins = TLSPins(), proxy: SocksProxy? = nil,
    memory: TransportMemory = TransportMemory(), randomness: any PublicRandomness = SystemPublicRandomness()
  ) throws(RelayTransportError) {
    self.tlsOnLoopback = tlsOnLoopback
    self.pins = pins
    self.proxy = proxy
    self.memory = memory
    self.randomness = randomness
    guard let authorityFile else {
      authorities = []
      return
    }
    do { authorities = try NIOSSLCertificate.fromPEMFile(authorityFile) } catch {
      throw .noAuthorities(file: authorityFile)
    }
    guard !authorities.isEmpty else { throw .noAuthorities(file: authorityFile) }
  }

  /// Reads a URL as this transport reaches it.
  package func address(url: String) throws(RelayAddressError) -> RelayAddress {
    try RelayAddress(url: url, tlsOnLoopback: tlsOnLoopback)
  }

  /// Reads the host of a route (C1) as this transport reaches it.
  package func address(route: String) throws(RelayAddressError) -> RelayAddress {
    try RelayAddress(route: route, tlsOnLoopback: tlsOnLoopback)
  }

  /// Refuses what must not be tried: the name of an onion service would go to DNS, and the proxy's loopback and private
  /// addresses are not this node's.
  func check(_ address: RelayAddress) throws(RelayClientError) {
    if !isProxied {
      guard !address.isOnion else { throw .notAllowed(.onionWithoutProxy) }
      return
    }
    // The certificate of an IP address would be compared with the proxy's.
    guard !address.isLiteral else { throw .notAllowed(.literalThroughProxy) }
    guard !address.isLoopback || tlsOnLoopback else { throw .notAllowed(.loopbackThroughProxy) }
  }

  /// A handler that speaks TLS 1.2 or 1.3 with `address` and accepts a valid certificate for its host.
  ///
  /// The context is fresh and a session is never offered again, so that nothing but the network address links two
  /// connections. Renegotiation is refused.
  func makeTLSHandler(for address: RelayAddress) throws -> NIOSSLClientHandler {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"
    configuration.certificateVerification = .fullVerification
    configuration.additionalTrustRoots = [.certificates(authorities)]
    configuration.applicationProtocols = ["http/1.1"]
    configuration.renegotiationSupport = .none
    configuration.shutdownTimeout = .seconds(1)
    let context = try NIOSSLContext(configuration: configuration)
    // NIOSSL's check, and then ours; the underscore says that the way to add one may change with a release. An IP address
    // is no server name: NIOSSL compares it with that of the socket.
    return try NIOSSLClientHandler._makeSSLClientHandler(
      context: context, serverHostname: address.isLiteral ? nil : address.host
    ) { [pins] leaf, channel in
      channel.eventLoop.makeCompletedFuture {
        if !address.isLiteral { try CertificateName.check(leaf, isFor: address.host) }
        try pins.check(leaf, of: address)
      }
    }
  }
}

/// Why a transport cannot be used.
package enum RelayTransportError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no certificate in the file.
  case noAuthorities(file: String)
  /// Not `HOST:PORT`.
  case malformedProxy
  /// Not a list of pins.
  case malformedPins

  package var description: String {
    switch self {
    case .noAuthorities(let file): "No certificate in PEM can be read from \(file)."
    case .malformedProxy: "Not the address of a proxy. Write HOST:PORT, for example 127.0.0.1:9050."
    case .malformedPins:
      "Not a pin. Write HOST:PORT=SHA256, the SHA-256 of the public key in 64 hexadecimal digits; several with commas."
    }
  }
}
