package import RelayWire

/// Why a relay could not be asked, or what it answered instead.
package enum RelayClientError: Error, Hashable, Sendable {
  /// No connection could be made: nothing listens there, or the network is down.
  case unreachable
  /// Something answers there, but not a relay: the WebSocket upgrade was refused, and no session over HTTP begun.
  case notARelay
  /// The relay speaks another version of the protocol.
  case unsupportedVersion(UInt32)
  /// The relay has another key than the pinned one: it is not the relay that the route names.
  case wrongRelayKey
  /// The relay refused this request; the connection lives on.
  case refused(RelayRefusal)
  /// No answer in time; for a connection: none was made, or nothing was heard for too long.
  case timedOut
  /// The task that waited was cancelled.
  case cancelled
  /// The connection is closed; whether an unanswered request was carried out is not known.
  case closed
  /// The request does not fit in one frame (1 MiB).
  case tooLarge
  /// TLS was not agreed on, or the certificate is not that of the host: nothing was sent.
  case tls(TLSFailure)
  /// The proxy did not make the connection.
  case proxy(ProxyFailure)
  /// This address must not be tried in this way; nothing was tried.
  case notAllowed(Refusal)
  /// The relay did what the protocol does not allow; the connection was closed.
  case protocolViolation(Violation)

  /// What a relay did that the protocol does not allow.
  package enum Violation: Hashable, Sendable {
    /// Neither a binary frame in one piece nor a control frame.
    case unexpectedFrame
    /// The frame, or a field in it, cannot be read.
    case malformedFrame
    /// The first frame was not Hello.
    case noHello
    /// An answer to a request that was never made.
    case unknownRequest
    /// An answer of another kind than the request asks for.
    case unexpectedAnswer
  }

  /// Why there is no TLS.
  package enum TLSFailure: Hashable, Sendable {
    /// Nobody trusted vouches for the certificate, or its time is over or not begun.
    case untrustedCertificate
    /// The certificate is for another host.
    case wrongHost
    /// The certificate's public key is not the pinned one.
    case wrongKey
    /// No common version or cipher, or not TLS at all.
    case handshake
  }

  /// What a proxy did instead of connecting.
  package enum ProxyFailure: Hashable, Sendable {
    /// It does not speak SOCKS 5, or not as it should.
    case notSocks
    /// It takes no user names, so that it could not keep two connections apart.
    case noIsolation
    /// It could not or would not connect (RFC 1928 §6).
    case cannotConnect(reply: UInt8)
  }

  /// What an address is not allowed.
  package enum Refusal: Hashable, Sendable {
    /// An onion service without a proxy: its name would be looked up in DNS.
    case onionWithoutProxy
    /// This machine's own loopback, by way of a proxy.
    case loopbackThroughProxy
    /// An IP address by way of a proxy: it names no host that a certificate could be for.
    case literalThroughProxy
  }

  /// For a person, what keeps a connection from being made, if it is more than that nothing answers.
  package var explanation: String? {
    switch self {
    case .tls(.untrustedCertificate):
      "Its certificate is expired, or nobody vouches for it whom this system trusts. For a relay with an authority of its own, name that authority's certificate in SOTTO_TLS_CA_FILE."
    case .tls(.wrongHost): "Its certificate is for another host."
    case .tls(.wrongKey):
      "Its certificate has another key than the one in SOTTO_TLS_PIN_SHA256. If its operator has changed the key, ask for the new pin; otherwise somebody else answers there."
    case .tls(.handshake): "It does not speak TLS 1.2 or 1.3 there."
    case .proxy(.notSocks): "The proxy in SOTTO_SOCKS does not speak SOCKS 5."
    case .proxy(.noIsolation): "The proxy in SOTTO_SOCKS takes no user names, which keep a node's connections apart."
    case .notAllowed(.onionWithoutProxy):
      "An onion address is reached through Tor only: set SOTTO_SOCKS to its HOST:PORT."
    case .notAllowed(.loopbackThroughProxy):
      "A relay on this machine is not reached through a proxy: unset SOTTO_SOCKS."
    case .notAllowed(.literalThroughProxy): "Through a proxy, a relay is reached by its name and not by its IP address."
    default: nil
    }
  }
}
