import NIOCore

/// One JSON value a line, in both directions: frames end with a line feed, an empty line is passed over.
struct LineDecoder: ByteToMessageDecoder {
  typealias InboundOut = [UInt8]

  /// Bytes of one frame without its end.
  let limit: Int
  /// Where the search for the next end goes on.
  private var searched = 0

  init(limit: Int) { self.limit = limit }

  mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
    let view = buffer.readableBytesView
    let start = view.startIndex + searched
    guard let end = view[start...].firstIndex(of: UInt8(ascii: "\n")) else {
      searched = view.count
      guard searched <= limit else { throw FrameError.tooLong }
      return .needMoreData
    }
    let count = end - view.startIndex
    searched = 0
    guard count <= limit, let line = buffer.readBytes(length: count) else { throw FrameError.tooLong }
    buffer.moveReaderIndex(forwardBy: 1)
    if !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) {
      context.fireChannelRead(wrapInboundOut(line))
    }
    return .continue
  }

  mutating func decodeLast(
    context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
  ) throws -> DecodingState {
    // A line that was not ended was not said.
    buffer.clear()
    return .needMoreData
  }
}

/// Ends every frame with a line feed.
final class LineEncoder: MessageToByteEncoder {
  typealias OutboundIn = [UInt8]

  func encode(data: [UInt8], out: inout ByteBuffer) throws {
    out.writeBytes(data)
    out.writeInteger(UInt8(ascii: "\n"))
  }
}

/// What ends a connection.
enum FrameError: Error, Hashable {
  /// A line has more bytes than one may have.
  case tooLong
}
