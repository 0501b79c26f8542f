import HTTPTypes
import NodeInterface

/// Who is let in, judged by the head of a request alone.
///
/// A web page that a browser on this machine shows can send requests to loopback. It cannot send the token, which it does
/// not know; the name that it used (Host) and where it came from (Origin) are judged nevertheless, and before the token.
struct HTTPGate: Sendable {
  let allowedHosts: Set<String>
  let allowedOrigins: Set<String>
  let tokens: AccessTokens

  init(_ settings: HTTPSettings, tokens: AccessTokens) {
    allowedHosts = Set(settings.allowedHosts.map { $0.lowercased() }).union([
      "localhost", "127.0.0.1", "[::1]", settings.host,
    ])
    allowedOrigins = settings.allowedOrigins
    self.tokens = tokens
  }

  /// The name that the client used must be one of ours: a foreign name that leads to loopback is an attack (DNS rebinding).
  func checkHost(_ head: HTTPRequest) throws(HTTPRefusal) {
    guard let authority = head.authority, let name = Self.name(authority), allowedHosts.contains(name) else {
      throw HTTPRefusal(
        .misdirectedRequest, InterfaceError(.request, "This daemon does not go by the name in the header Host."))
    }
  }

  /// Web pages may call only from where it was allowed.
  ///
  /// - Returns: the origin to say so to; nil when the request is no web page's.
  func checkOrigin(_ head: HTTPRequest) throws(HTTPRefusal) -> String? {
    let origins = head.headerFields[values: .origin]
    guard let origin = origins.first else { return nil }
    guard origins.count == 1, allowedOrigins.contains(origin) else {
      throw HTTPRefusal(.forbidden, InterfaceError(.forbidden, "Web pages from this origin may not call."))
    }
    return origin
  }

  /// The bearer of the token that a request shows.
  ///
  /// - Throws: ``HTTPRefusal`` with 401, and what the vault throws.
  func caller(_ head: HTTPRequest) throws -> Caller {
    let values = head.headerFields[values: .authorization]
    if values.count == 1, let value = values.first {
      let parts = value.split(separator: " ", omittingEmptySubsequences: false)
      if parts.count == 2, parts[0].lowercased() == "bearer", let caller = try tokens.caller(secret: String(parts[1])) {
        return caller
      }
    }
    throw HTTPRefusal(
      InterfaceError(
        .unauthenticated, "Show a token that is valid: Authorization: Bearer sotto_… (sotto token create)."))
  }

  /// The name in `NAME` or `NAME:PORT`, in lower case; brackets stay around IPv6 addresses.
  static func name(_ authority: String) -> String? {
    var name = Substring(authority.lowercased())
    if name.hasPrefix("[") {
      guard let end = name.firstIndex(of: "]") else { return nil }
      let rest = name[name.index(after: end)...]
      guard rest.isEmpty || isPort(rest) else { return nil }
      return String(name[...end])
    }
    if let colon = name.firstIndex(of: ":") {
      guard isPort(name[colon...]) else { return nil }
      name = name[..<colon]
    }
    return name.isEmpty ? nil : String(name)
  }

  private static func isPort(_ text: Substring) -> Bool {
    text.first == ":" && text.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) }
      && UInt16(text.dropFirst()) != nil
  }
}
