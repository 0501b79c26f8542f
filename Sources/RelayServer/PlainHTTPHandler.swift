import NIOCore
import NIOHTTP1

/// Answers what is not a WebSocket: `/healthz`, a word about `/v1/ws`, and 404. One request, then the connection closes.
final class PlainHTTPHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private var hasAnswered = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // The body of a request is read and ignored, whatever it is.
    guard case .head(let head) = Self.unwrapInboundIn(data), !hasAnswered else { return }
    hasAnswered = true
    let answer = Self.answer(to: head)
    let body = ByteBuffer(string: answer.body + "\n")
    var headers: HTTPHeaders = [
      "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(body.readableBytes)", "Connection": "close",
      "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
    ]
    if answer.status == .upgradeRequired {
      headers.replaceOrAdd(name: "Connection", value: "close, upgrade")
      headers.add(name: "Upgrade", value: "websocket")
      headers.add(name: "Sec-WebSocket-Version", value: "13")
    }
    if answer.status == .methodNotAllowed { headers.add(name: "Allow", value: "GET, HEAD") }
    context.write(
      Self.wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers))),
      promise: nil)
    if head.method != .HEAD { context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
    let channel = context.channel
    context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent { context.close(promise: nil) }
    if case .some(.inputClosed) = event as? ChannelEvent, !hasAnswered { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  /// What a request gets, judged by its path and method alone.
  static func answer(to head: HTTPRequestHead) -> (status: HTTPResponseStatus, body: String) {
    let path = head.uri.prefix { $0 != "?" }
    switch path {
    case UpgradeGate.path:
      return (.upgradeRequired, "This is a Sotto relay: it speaks WebSocket here (RFC 6455, version 13).")
    case "/healthz":
      guard head.method == .GET || head.method == .HEAD else { return (.methodNotAllowed, "Only GET and HEAD.") }
      return (.ok, "ok")
    default:
      return (.notFound, "There is nothing here.")
    }
  }
}
