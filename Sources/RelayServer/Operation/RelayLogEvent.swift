/// Everything that a relay's log can say (R8).
///
/// A closed list without free text: no mailbox, no tag, no address, no path, and no number that belongs to anyone has a
/// way in. A test reads this file and refuses a field of any other type than those below.
package enum RelayLogEvent: Hashable, Sendable {
  /// Serving has begun.
  case listening(ListenAddress.Protection)
  /// What is in front of the relay must encrypt.
  case openWithoutTLS
  /// The disk took no write; nothing was lost, and deletion is tried again.
  case expiryFailed
  case certificateRenewed
  case certificateKept(RelayLogReason)
  /// No new connections; what was begun is finished.
  case ending
  case ended

  package enum Level: Int, Hashable, Sendable, Comparable {
    case trace, debug, info, notice, warning, error

    package static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

    /// Reads what `--log-level` takes.
    package init?(_ name: String) {
      guard let level = Self.all.first(where: { $0.name == name }) else { return nil }
      self = level
    }

    var name: String { "\(self)" }
    private static let all: [Level] = [.trace, .debug, .info, .notice, .warning, .error]
  }

  var level: Level {
    switch self {
    case .listening, .ending, .ended: .info
    case .certificateRenewed: .notice
    case .openWithoutTLS, .expiryFailed: .warning
    case .certificateKept: .error
    }
  }

  /// The word that a machine looks for.
  var name: String {
    switch self {
    case .listening: "listening"
    case .openWithoutTLS: "open_without_tls"
    case .expiryFailed: "expiry_failed"
    case .certificateRenewed: "certificate_renewed"
    case .certificateKept: "certificate_kept"
    case .ending: "ending"
    case .ended: "ended"
    }
  }

  /// The sentence that a person reads.
  var sentence: String {
    switch self {
    case .listening(let protection):
      switch protection {
      case .tls: "listening with TLS"
      case .loopback: "listening on loopback or a socket, without TLS"
      case .insecure: "listening without TLS"
      }
    case .openWithoutTLS:
      "listening without TLS on an address that others can reach: what is in front of this relay must encrypt"
    case .expiryFailed: "expired envelopes could not be removed now"
    case .certificateRenewed: "the certificate was read again"
    case .certificateKept(let reason):
      switch reason {
      case .certificate: "the certificate was not replaced, the old one stays: no certificate in PEM can be read"
      case .key: "the certificate was not replaced, the old one stays: no private key in PEM can be read"
      case .mismatch: "the certificate was not replaced, the old one stays: the key is not the certificate's"
      }
    case .ending: "ending: no new connections"
    case .ended: "ended"
    }
  }
}

/// Why a certificate was not replaced.
package enum RelayLogReason: Hashable, Sendable {
  case certificate
  case key
  case mismatch

  package init(_ error: ServerCertificateError) {
    switch error {
    case .certificate: self = .certificate
    case .key: self = .key
    case .mismatch: self = .mismatch
    }
  }
}
