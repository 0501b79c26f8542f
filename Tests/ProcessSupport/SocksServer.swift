import Foundation
import Synchronization

/// A SOCKS 5 proxy on loopback that leads every name to this machine and remembers who asked for what.
package final class SocksServer: Sendable {
  /// What it does with those who come.
  package enum Behaviour: Hashable, Sendable {
    /// What a proxy should: asks for a user name, connects.
    case serves
    /// Chooses the method without authentication, whatever was offered.
    case takesNoUserNames
    /// Refuses every user name.
    case refusesUserNames
    /// Speaks HTTP.
    case isNoProxy
    /// Connects to nothing and says this.
    case cannotConnect(reply: UInt8)
    /// Says more than it should after it has connected.
    case saysMore
  }

  /// One connection that was asked for.
  package struct Request: Hashable, Sendable {
    package let userName: String
    package let host: String
    package let port: Int
    package let time: ContinuousClock.Instant
    /// What the client sent first after it was connected.
    package var firstBytes: [UInt8] = []
  }

  private final class Record: Sendable {
    let requests = Mutex<[Request]>([])
  }

  /// Where it listens.
  package let port: Int
  /// `127.0.0.1:PORT`.
  package var address: String { "127.0.0.1:\(port)" }
  /// What was asked for so far, in the order in which it came.
  package var requests: [Request] { record.requests.withLock { $0 } }

  private let listener: Int32
  private let record = Record()

  /// - Parameter destination: the port on loopback that all connections go to; nil: the one that is asked for.
  package init(_ behaviour: Behaviour = .serves, destination: Int? = nil) throws(ProcessFailure) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0, Self.withLoopback(port: 0, { bind(listener, $0, $1) }) == 0, listen(listener, 64) == 0 else {
      throw .notStarted(program: "SOCKS server", errno: errno)
    }
    _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
    }
    self.listener = listener
    port = Int(UInt16(bigEndian: address.sin_port))
    let record = record
    Thread.detachNewThread {
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { break }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        Thread.detachNewThread { Self.serve(client, behaviour, destination, record) }
      }
      close(listener)
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  private static func serve(_ client: Int32, _ behaviour: Behaviour, _ destination: Int?, _ record: Record) {
    let server = connect(client, behaviour, destination, record)
    guard let server else {
      close(client)
      return
    }
    let other = Thread {
      pump(from: server.socket, to: client, first: nil)
    }
    other.start()
    pump(from: client, to: server.socket) { bytes in
      record.requests.withLock { $0[server.index].firstBytes = bytes }
    }
  }

  /// Speaks the protocol up to the connection; nil when there is none.
  private static func connect(
    _ client: Int32, _ behaviour: Behaviour, _ destination: Int?, _ record: Record
  ) -> (socket: Int32, index: Int)? {
    guard let greeting = read(client, 2), greeting[0] == 5, read(client, Int(greeting[1])) == [2] else { return nil }
    if behaviour == .isNoProxy { write(client, [UInt8]("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)) }
    if behaviour == .takesNoUserNames { write(client, [5, 0]) }
    guard behaviour != .isNoProxy, behaviour != .takesNoUserNames else {
      _ = read(client, 1)
      return nil
    }
    write(client, [5, 2])
    guard let head = read(client, 2), head[0] == 1, let name = read(client, Int(head[1])),
      let passwordLength = read(client, 1), read(client, Int(passwordLength[0])) != nil
    else { return nil }
    write(client, [1, behaviour == .refusesUserNames ? 1 : 0])
    guard let request = read(client, 5), request.prefix(4) == [5, 1, 0, 3], let host = read(client, Int(request[4])),
      let portBytes = read(client, 2)
    else { return nil }
    let port = Int(portBytes[0]) << 8 | Int(portBytes[1])
    let index = record.requests.withLock { requests in
      requests.append(
        Request(
          userName: String(decoding: name, as: UTF8.self), host: String(decoding: host, as: UTF8.self), port: port,
          time: ContinuousClock.now))
      return requests.count - 1
    }
    if case .cannotConnect(let reply) = behaviour {
      write(client, [5, reply, 0, 1, 0, 0, 0, 0, 0, 0])
      return nil
    }
    let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    _ = fcntl(server, F_SETFD, FD_CLOEXEC)
    guard withLoopback(port: destination ?? port, { Foundation.connect(server, $0, $1) }) == 0 else {
      close(server)
      write(client, [5, 5, 0, 1, 0, 0, 0, 0, 0, 0])
      return nil
    }
    write(client, [5, 0, 0, 1, 127, 0, 0, 1, 0, 0] + (behaviour == .saysMore ? [0x16] : []))
    return (server, index)
  }

  /// Copies until one side ends, then ends both directions of the other.
  private static func pump(from source: Int32, to target: Int32, first: (([UInt8]) -> Void)?) {
    var first = first
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(source, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      first?(Array(buffer[..<count]))
      first = nil
      guard write(target, Array(buffer[..<count])) else { break }
    }
    // The other thread sees the end too; the descriptors go with the process.
    shutdown(source, Int32(SHUT_RDWR))
    shutdown(target, Int32(SHUT_RDWR))
  }

  private static func read(_ socket: Int32, _ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    guard count > 0 else { return bytes }
    return recv(socket, &bytes, count, Int32(MSG_WAITALL)) == count ? bytes : nil
  }

  @discardableResult
  private static func write(_ socket: Int32, _ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private static func withLoopback(port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }
}
