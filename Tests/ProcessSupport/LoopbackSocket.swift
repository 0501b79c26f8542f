import Foundation

/// A TCP connection to this machine that sends any bytes, at any pace, and need not read. Its calls block.
package final class LoopbackSocket: Sendable {
  let descriptor: Int32

  /// Connects to a port of 127.0.0.1.
  ///
  /// - Parameter source: the address of loopback (127.x.y.z) that it comes from.
  package init(port: Int, from source: String = "127.0.0.1") throws(ProcessFailure) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    guard Self.with(source, port: 0, { bind(descriptor, $0, $1) }) == 0,
      Self.with("127.0.0.1", port: port, { connect(descriptor, $0, $1) }) == 0
    else { throw .notStarted(program: "connection", errno: errno) }
  }

  init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { Foundation.close(descriptor) }

  /// - Parameter limit: after which what is still missing is not waited for.
  package func setTimeLimit(_ limit: Duration) {
    var time = timeval(tv_sec: Int(limit.components.seconds), tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  /// - Returns: whether everything was taken by the system.
  @discardableResult
  package func send(_ bytes: some Sequence<UInt8>) -> Bool {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// What comes next, at most `count` bytes; empty at the end, or when the time limit is over.
  package func receive(_ count: Int = 65_536) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let received = recv(descriptor, &bytes, count, 0)
    return Array(bytes.prefix(max(0, received)))
  }

  /// Everything up to the end.
  package func receiveAll() -> [UInt8] {
    var all: [UInt8] = []
    while true {
      let more = receive()
      if more.isEmpty { return all }
      all += more
    }
  }

  /// Asks with HTTP/1.1 and returns the whole answer.
  package static func get(_ path: String, port: Int) throws(ProcessFailure) -> String {
    let socket = try LoopbackSocket(port: port)
    socket.setTimeLimit(.seconds(10))
    socket.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".utf8)
    return String(decoding: socket.receiveAll(), as: UTF8.self)
  }

  /// Says that nothing more will be sent.
  package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Ends both directions, so that whoever waits for it goes on.
  func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  static func with(_ host: String, port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }
}
