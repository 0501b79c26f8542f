/// Where a relay listens: an address of this machine and a port, or a socket in the file system.
///
/// Without TLS it is an address of loopback, unless whoever runs the relay says in so many words that it need not be.
package struct ListenAddress: Hashable, Sendable {
  /// What protects the connections on their way.
  package enum Protection: Hashable, Sendable {
    /// Nothing, and therefore loopback only.
    case loopback
    /// Nothing that the relay knows of, on any address.
    case insecure
    /// TLS.
    case tls
  }

  /// What is bound.
  enum Place: Hashable, Sendable {
    case internet(host: String, port: Int)
    /// An absolute path, or one from the working folder.
    case file(path: String)
    /// What systemd listens on already.
    case inherited
  }

  let place: Place
  /// What protects the connections.
  package let protection: Protection

  /// 0 … 65 535; 0 takes any free port, and stands for no port in the file system.
  package var port: Int { if case .internet(_, let port) = place { port } else { 0 } }

  /// Reads `HOST:PORT`, where an IPv6 address stands in brackets and `localhost` is 127.0.0.1, or `unix:PATH`.
  ///
  /// - Throws: ``ListenAddressError``.
  package init(_ text: String, protection: Protection = .loopback) throws(ListenAddressError) {
    self.protection = protection
    if text == "systemd" {
      place = .inherited
      return
    }
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      // The system's limit is 107 bytes, and a socket is made beside its path.
      guard !path.isEmpty, !path.hasSuffix("/"), !path.utf8.contains(0), path.utf8.count <= 100 else {
        throw .unusablePath
      }
      place = .file(path: path)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw .malformed
    }
    var host = text[..<colon].lowercased()
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
      guard !host.isEmpty else { throw .malformed }
    } else if host.contains(":") || host.isEmpty {
      throw .malformed
    }
    if host == "localhost" { host = "127.0.0.1" }
    guard protection != .loopback || Self.isLoopback(host) else { throw .notLoopback }
    place = .internet(host: host, port: Int(port))
  }

  private init(_ place: Place, _ protection: Protection) {
    self.place = place
    self.protection = protection
  }

  /// The same host with the port that the system chose.
  func with(port: Int) -> ListenAddress {
    guard case .internet(let host, _) = place else { return self }
    return ListenAddress(.internet(host: host, port: port), protection)
  }

  /// `HOST:PORT` or `unix:PATH`, as it was read.
  package var text: String {
    switch place {
    case .internet(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .file(let path): "unix:\(path)"
    case .inherited: "systemd"
    }
  }

  /// `ws://HOST:PORT`, `wss://HOST:PORT` or `unix:PATH`.
  package var url: String {
    guard case .internet = place else { return text }
    return (protection == .tls ? "wss://" : "ws://") + text
  }

  /// Whether others on the network can come and read along.
  package var isOpenWithoutTLS: Bool {
    guard protection != .tls, case .internet(let host, _) = place else { return false }
    return !Self.isLoopback(host)
  }

  static func isLoopback(_ host: String) -> Bool {
    if host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0).map(String.init) == String($0) }
  }
}

/// Why a relay cannot listen there.
package enum ListenAddressError: Error, Hashable, Sendable, CustomStringConvertible {
  case malformed
  case notLoopback
  case unusablePath

  package var description: String {
    switch self {
    case .malformed: "Not an address to listen on. Write HOST:PORT, for example 127.0.0.1:8440, or unix:PATH."
    case .notLoopback:
      "Without TLS a relay listens on loopback only, for example 127.0.0.1:8440. Give it a certificate with --tls-certificate and --tls-key; if something in front of it encrypts, allow this with --insecure-plaintext."
    case .unusablePath: "Not the path of a socket: write unix:PATH with a path of at most 100 bytes."
    }
  }
}
