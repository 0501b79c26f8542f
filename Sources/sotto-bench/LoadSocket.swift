import Glibc

/// What stopped the load: a system call with its errno, or something that a relay must not say.
struct LoadFailure: Error, CustomStringConvertible {
  let description: String

  init(_ what: String) { description = what }

  static func system(_ call: String) -> LoadFailure {
    LoadFailure("\(call): \(String(cString: strerror(errno)))")
  }
}

/// One WebSocket client of a relay on loopback: as little of the protocol as measuring needs.
///
/// It masks with four zero bytes, which leaves the frames as they are; the relay unmasks them like any others.
final class LoadSocket {
  let descriptor: Int32
  private var received = [UInt8](repeating: 0, count: 4_096)
  /// Bytes in ``received`` that are no whole frame yet.
  private var receivedCount = 0
  private var unsent: [UInt8] = []

  /// Asks for the upgrade.
  static let request = [UInt8](
    """
    GET /v1/ws HTTP/1.1\r
    Host: localhost\r
    Upgrade: websocket\r
    Connection: Upgrade\r
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
    Sec-WebSocket-Version: 13\r
    \r\n
    """.utf8)

  /// Connects and upgrades, waiting for both.
  init(port: Int) throws(LoadFailure) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw .system("socket") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw .system("connect") }
    var yes: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    guard write(descriptor, Self.request, Self.request.count) == Self.request.count else { throw .system("write") }
    // Byte by byte, so that nothing behind the answer is taken with it.
    var head: [UInt8] = []
    while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
      var byte: UInt8 = 0
      guard read(descriptor, &byte, 1) == 1, head.count < 4_096 else { throw LoadFailure("no answer to the upgrade") }
      head.append(byte)
    }
    guard head.starts(with: "HTTP/1.1 101".utf8) else { throw LoadFailure("the relay refused the upgrade") }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
  }

  deinit { close(descriptor) }

  /// Sends a whole frame of ``LoadFrame``, or as much of it as the relay takes now.
  ///
  /// - Returns: whether the rest waits for ``flush()``.
  func send(_ frame: [UInt8]) throws(LoadFailure) -> Bool {
    guard unsent.isEmpty else {
      unsent += frame
      return true
    }
    let count = write(descriptor, frame, frame.count)
    if count == frame.count { return false }
    guard count >= 0 || errno == EAGAIN else { throw .system("write") }
    unsent += frame.dropFirst(max(count, 0))
    return true
  }

  /// - Returns: whether there is still something unsent.
  func flush() throws(LoadFailure) -> Bool {
    guard !unsent.isEmpty else { return false }
    let count = write(descriptor, unsent, unsent.count)
    guard count >= 0 || errno == EAGAIN else { throw .system("write") }
    unsent.removeFirst(max(count, 0))
    return !unsent.isEmpty
  }

  /// Reads what is there and gives the payloads of the binary messages in it.
  func receive(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    while true {
      if receivedCount == received.count { received += [UInt8](repeating: 0, count: received.count) }
      let room = received.count - receivedCount
      let count = received.withUnsafeMutableBytes { read(descriptor, $0.baseAddress.map { $0 + receivedCount }, room) }
      guard count > 0 else {
        if count < 0, errno == EAGAIN { return }
        throw count == 0 ? LoadFailure("the relay closed a connection") : .system("read")
      }
      receivedCount += count
      try takeFrames(body)
      if count < room { return }
    }
  }

  private func takeFrames(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var start = 0
    var pongs = 0
    try received.withUnsafeBytes { bytes in
      while true {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start..<receivedCount])
        guard rest.count >= 2 else { break }
        var (headerCount, count) = (2, Int(rest[1]))
        switch count {
        case 126:
          guard rest.count >= 4 else { return }
          (headerCount, count) = (4, Int(rest[2]) << 8 | Int(rest[3]))
        case 127:
          guard rest.count >= 10 else { return }
          (headerCount, count) = (10, rest[2..<10].reduce(0) { $0 << 8 | Int($1) })
        default: break
        }
        guard rest.count >= headerCount + count else { break }
        switch rest[0] {
        case 0x82: try body(UnsafeRawBufferPointer(rebasing: rest[headerCount..<headerCount + count]))
        case 0x89: pongs += 1
        default: throw LoadFailure("the relay closed a WebSocket")
        }
        start += headerCount + count
      }
    }
    for _ in 0..<pongs { _ = try send([0x8A, 0x80, 0, 0, 0, 0]) }
    guard start > 0 else { return }
    received.withUnsafeMutableBytes { bytes in
      bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start..<receivedCount]))
    }
    receivedCount -= start
  }
}
