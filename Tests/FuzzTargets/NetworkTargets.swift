import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOWebSocket
import RelayServer
import RelayWire

/// The parsers in front of a relay's commands, as its pipeline has them.
enum NetworkTargets {
  static func webSocket(_ bytes: [UInt8]) -> String? {
    let channel = EmbeddedChannel(
      handler: ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: WireLimits.maximumFrameByteCount)))
    // The decoder's refusals end the connection.
    _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
    defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
    while let frame = try? channel.readInbound(as: WebSocketFrame.self) {
      guard frame.opcode == .binary, frame.maskKey != nil, frame.fin else { continue }
      if let failure = RelayTargets.request([UInt8](buffer: frame.unmaskedData)) { return failure }
    }
    return nil
  }

  static func upgrade(_ bytes: [UInt8]) -> String? {
    let channel = EmbeddedChannel(handler: ByteToMessageHandler(HTTPRequestDecoder()))
    _ = try? channel.writeInbound(ByteBuffer(bytes: bytes))
    defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
    while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
      guard case .head(let head) = part, UpgradeRequest.isPerfect(head) else { continue }
      guard head.method == .GET, head.uri == UpgradeRequest.path, head.headers["Sec-WebSocket-Key"].count == 1,
        head.headers["Transfer-Encoding"].isEmpty
      else { return "a request became a WebSocket that must not" }
    }
    return nil
  }
}
