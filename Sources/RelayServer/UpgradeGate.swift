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

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(var head) = Self.unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    if !UpgradeRequest.isPerfect(head) {
      head.headers.remove(name: "Upgrade")
      head.headers.remove(name: "HTTP2-Settings")
    }
    context.fireChannelRead(Self.wrapInboundOut(.head(head)))
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }

  /// Bytes that are no HTTP have been answered with 400 in front of here; nobody behind would close.
  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
