import Glibc
import RelayWire

/// Many ``LoadSocket``s on the one thread that polls them.
final class LoadConnections {
  private var sockets: [LoadSocket] = []
  /// What is asked of each socket, at its index.
  private var interests: [pollfd] = []

  var count: Int { sockets.count }

  /// Connects once more; the new connection has the highest index. Its Hello will come as its first message.
  func connect(port: Int) throws(LoadFailure) {
    let socket = try LoadSocket(port: port)
    sockets.append(socket)
    interests.append(pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0))
  }

  /// The same, and waits for its Hello.
  @discardableResult
  func connectAndGreet(port: Int) throws -> RelayHello {
    try connect(port: port)
    guard case .hello(let hello) = try event(on: count - 1, answering: 0) else {
      throw LoadFailure("a relay says Hello first")
    }
    return hello
  }

  /// Sends a frame on the connection `index`.
  func send(_ frame: [UInt8], on index: Int) throws(LoadFailure) {
    if try sockets[index].send(frame) { interests[index].events |= Int16(POLLOUT) }
  }

  /// Waits until something comes, at most so long, and gives every message with its connection's index.
  func poll(milliseconds: Int32, _ body: (Int, UnsafeRawBufferPointer) throws -> Void) throws {
    var left = Glibc.poll(&interests, nfds_t(interests.count), milliseconds)
    guard left >= 0 || errno == EINTR else { throw LoadFailure.system("poll") }
    var index = 0
    // What comes later in the round finds its own index: `body` may send, but not connect.
    while left > 0, index < interests.count {
      let events = interests[index].revents
      if events != 0 {
        left -= 1
        if events & Int16(POLLOUT) != 0, try !sockets[index].flush() { interests[index].events = Int16(POLLIN) }
        if events & ~Int16(POLLOUT) != 0 { try sockets[index].receive { try body(index, $0) } }
      }
      index += 1
    }
  }

  /// Asks on connection `index` and waits for the answer; what else comes meanwhile is dropped.
  func ask(_ command: ClientCommand, on index: Int) throws -> RelayEvent {
    try send(LoadFrame.bytes(ClientRequest(id: 1, command: command)), on: index)
    return try event(on: index, answering: 1)
  }

  /// Waits for the answer to request `id`; 0: for what the relay says by itself.
  func event(on index: Int, answering id: UInt64) throws -> RelayEvent {
    var answer: RelayEvent?
    while true {
      try poll(milliseconds: 1_000) { connection, message in
        guard connection == index else { return }
        let frame = try FrameCodec.decodeFrame([UInt8](message))
        if frame.requestID == id { answer = frame.event }
      }
      if case .refusal(let refusal) = answer { throw LoadFailure("the relay refused: \(refusal.explanation)") }
      if let answer { return answer }
    }
  }
}
