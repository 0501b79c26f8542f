import ProcessSupport
import RelayWire

/// A WebSocket made of bytes, which may be wrong in any way and may come at any pace. Its calls block.
struct RawWebSocket: ~Copyable {
  /// What a perfect client says first.
  static let upgrade = Array(
    ("GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").utf8)

  let socket: LoopbackSocket
  private var received: [UInt8] = []

  /// Connects and asks for the upgrade; ``hello()`` reads the answer.
  init(_ relay: RunningRelay, from source: String = "127.0.0.1") throws {
    socket = try LoopbackSocket(port: relay.port, from: source)
    socket.setTimeLimit(.seconds(30))
    socket.send(Self.upgrade)
  }

  /// The relay's answer to the upgrade, and its first frame.
  mutating func hello() throws -> RelayHello {
    while !received.contains([13, 10, 13, 10]) { try more() }
    guard let end = received.firstRange(of: [13, 10, 13, 10]), received.starts(with: "HTTP/1.1 101".utf8) else {
      throw ProcessFailure.unexpectedOutput(String(decoding: received, as: UTF8.self))
    }
    received.removeFirst(end.upperBound)
    guard case .hello(let hello) = try next().event else { throw ProcessFailure.unexpectedOutput("no hello") }
    return hello
  }

  /// The next binary frame.
  mutating func next() throws -> RelayFrame {
    while true {
      while received.count < 2 { try more() }
      let opcode = received[0] & 0x0F
      let extended = received[1] == 126 ? 2 : received[1] == 127 ? 8 : 0
      while received.count < 2 + extended { try more() }
      let length =
        extended == 0 ? Int(received[1]) : received[2..<2 + extended].reduce(0) { $0 << 8 | Int($1) }
      while received.count < 2 + extended + length { try more() }
      let payload = Array(received[(2 + extended)..<(2 + extended + length)])
      received.removeFirst(2 + extended + length)
      if opcode == 2 { return try FrameCodec.decodeFrame(payload) }
    }
  }

  private mutating func more() throws {
    let bytes = socket.receive()
    guard !bytes.isEmpty else { throw ProcessFailure.unexpectedOutput("the end, or nothing in time") }
    received += bytes
  }

  static func frame(
    _ payload: [UInt8], opcode: UInt8 = 2, isFinal: Bool = true, announcing length: UInt64? = nil
  ) -> [UInt8] {
    let length = length ?? UInt64(payload.count)
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) }
    let head: [UInt8] =
      length < 126 ? [0x80 | bytes[7]] : length < 65_536 ? [0xFE] + bytes.suffix(2) : [0xFF] + bytes
    // The mask is zero.
    return [(isFinal ? 0x80 : 0) | opcode] + head + [0, 0, 0, 0] + payload
  }

  static func frame(_ command: ClientCommand, id: UInt64) throws -> [UInt8] {
    frame(try FrameCodec.encode(ClientRequest(id: id, command: command)))
  }
}
