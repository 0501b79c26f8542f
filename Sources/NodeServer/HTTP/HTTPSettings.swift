/// What the HTTP listener is told: where it is, who may name it, and its bounds.
package struct HTTPSettings: Hashable, Sendable {
  /// 127.0.0.1, ::1 or another address of loopback.
  package let host: String
  /// 0: any that is free.
  package let port: Int
  /// Names in the header Host that are taken beside those of loopback.
  package var allowedHosts: Set<String> = []
  /// Web pages from here may call; all other pages may not.
  package var allowedOrigins: Set<String> = []
  /// Whether `/metrics` is there.
  package var offersMetrics = false
  /// Between two signs of life in a stream of events.
  package var heartbeat = Duration.seconds(15)
  /// Connections at once; more are closed at once.
  package var connections = 256
  /// Requests and streams at once; more are told to come later.
  package var requestsInFlight = 128

  /// Reads `HOST:PORT`; an IPv6 address stands in brackets, and `localhost` is 127.0.0.1.
  ///
  /// - Throws: ``HTTPSettingsError``.
  package init(listeningOn text: String) throws(HTTPSettingsError) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw .malformed
    }
    var host = text[..<colon].lowercased()
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    if host == "localhost" { host = "127.0.0.1" }
    guard Self.isLoopback(host) else { throw .notLoopback }
    self.host = host
    self.port = Int(port)
  }

  /// `http://HOST:PORT` with the port that was bound.
  package func url(port: Int) -> String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

  private static func isLoopback(_ host: String) -> Bool {
    if host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0).map(String.init) == String($0) }
  }
}

/// Why nothing is listened on.
package enum HTTPSettingsError: Error, Hashable, Sendable {
  case malformed
  /// The interface is for this machine: what carries it further encrypts it too, and knows who comes.
  case notLoopback
}
