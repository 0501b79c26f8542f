import NIOCore
import NIOHTTP1

/// Ends a connection on which no request has begun when the relay ends, and then removes itself with the first request.
///
/// NIO's pipelining handler would count such a connection as done and close it; what a client had sent of its first head
/// is then found to be no HTTP and answered with 400, which that handler takes for a mistake of the program.
final class EarlyEnding: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.fireChannelRead(data)
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
    context.close(promise: nil)
  }
}
