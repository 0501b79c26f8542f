package import NIOHTTP1

/// What the first request of a WebSocket looks like (RFC 6455 §4.2.1), read strictly.
package enum UpgradeRequest {
  /// The one path that speaks WebSocket.
  package static let path = "/v1/ws"

  /// GET, HTTP/1.1, the path, version 13, one key of 24 characters, no body.
  package static func isPerfect(_ head: HTTPRequestHead) -> Bool {
    let headers = head.headers
    guard head.method == .GET, head.version == .http1_1, head.uri == path,
      headers["Host"].count == 1,
      headers[canonicalForm: "Upgrade"].map({ $0.lowercased() }) == ["websocket"],
      headers[canonicalForm: "Connection"].contains(where: { $0.lowercased() == "upgrade" }),
      headers["Sec-WebSocket-Version"] == ["13"],
      headers["Transfer-Encoding"].isEmpty,
      headers["Content-Length"].allSatisfy({ $0 == "0" })
    else { return false }
    let keys = headers["Sec-WebSocket-Key"]
    return keys.count == 1 && keys.allSatisfy(isKey)
  }

  /// 16 bytes in base64: 22 digits and two signs of equality.
  private static func isKey(_ key: String) -> Bool {
    key.utf8.count == 24 && key.hasSuffix("==")
      && key.utf8.dropLast(2).allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
          true
        default: false
        }
      }
  }
}
