import NIOCore
import NIOHTTP1

/// Lets only a perfect WebSocket request through to NIO's upgrade handler; every other request loses its `Upgrade` header.
///
/// NIO's typed upgrade handler drops the head of a request whose upgrade it refuses, so a wrong path, version or key and
/// any `Upgrade: h2c` would hang unanswered. Without the header it is plain HTTP and gets an answer. Judges the first
/// request of a connection, then removes itself.
final class UpgradeGate: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart

  /// The one path that speaks WebSocket.
  static let path = "/v1/ws"

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(var head) = Self.unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    if !Self.isPerfect(head) {
      head.headers.remove(name: "Upgrade")
      head.headers.remove(name: "HTTP2-Settings")
    }
    context.fireChannelRead(Self.wrapInboundOut(.head(head)))
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }

  /// Bytes that are no HTTP have been answered with 400 in front of here; nobody behind would close.
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  /// RFC 6455 §4.2.1, read strictly: GET, HTTP/1.1, the path, version 13, one key of 24 characters, no body.
  static func isPerfect(_ head: HTTPRequestHead) -> Bool {
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
