import Foundation
import Synchronization

/// A TCP proxy on loopback that cuts everything, again and again, whenever so many bytes have passed.
package final class CuttingProxy: Sendable {
  private struct State {
    var passed = 0
    var cuts = 0
    var limit: Int?
    var sockets: Set<Int32> = []
  }

  private final class Shared: Sendable {
    let state = Mutex(State())
    let maximumCuts = Mutex(0)

    /// Counts bytes, and cuts all connections when it is time.
    func pass(_ count: Int) {
      let sockets = state.withLock { state -> Set<Int32> in
        state.passed += count
        guard let limit = state.limit, state.passed >= limit, state.cuts < maximumCuts.withLock({ $0 }) else {
          return []
        }
        state.passed = 0
        state.cuts += 1
        return state.sockets
      }
      for socket in sockets { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    func add(_ socket: Int32) { state.withLock { _ = $0.sockets.insert(socket) } }

    func remove(_ socket: Int32) {
      state.withLock { _ = $0.sockets.remove(socket) }
      close(socket)
    }
  }

  /// Where it listens.
  package let port: Int
  /// How often it has cut.
  package var cuts: Int { shared.state.withLock { $0.cuts } }

  private let listener: Int32
  private let shared = Shared()

  /// - Parameter destination: the port on loopback that it leads to.
  package init(destination: Int) throws(ProcessFailure) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = Self.loopback(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let named = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
      }
    }
    guard listener >= 0, named else { throw .notStarted(program: "cutting proxy", errno: errno) }
    _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
    self.listener = listener
    port = Int(UInt16(bigEndian: address.sin_port))
    let shared = shared
    Thread.detachNewThread {
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { break }
        Self.join(client, destination, shared)
      }
      close(listener)
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  /// Cuts from now on, each time `byteCount` bytes have passed in either direction, `times` times in all.
  package func cut(every byteCount: Int, times: Int) {
    shared.maximumCuts.withLock { $0 = times }
    shared.state.withLock { state in (state.passed, state.cuts, state.limit) = (0, 0, byteCount) }
  }

  private static func join(_ client: Int32, _ destination: Int, _ shared: Shared) {
    let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = loopback(port: destination)
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    for socket in [client, server] { _ = fcntl(socket, F_SETFD, FD_CLOEXEC) }
    guard connected else {
      close(client)
      close(server)
      return
    }
    shared.add(client)
    shared.add(server)
    let ended = Mutex(0)
    let end: @Sendable () -> Void = {
      // The second direction to end closes both.
      guard
        ended.withLock({ count in
          count += 1; return count == 2
        })
      else { return }
      shared.remove(client)
      shared.remove(server)
    }
    for (source, target) in [(client, server), (server, client)] {
      Thread.detachNewThread {
        copy(from: source, to: target, shared)
        shutdown(target, Int32(SHUT_WR))
        end()
      }
    }
  }

  private static func copy(from source: Int32, to target: Int32, _ shared: Shared) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(source, &buffer, buffer.count, 0)
      if count <= 0 { return }
      var sent = 0
      while sent < count {
        let result = buffer.withUnsafeBytes {
          send(target, $0.baseAddress.map { $0 + sent }, count - sent, Int32(MSG_NOSIGNAL))
        }
        if result <= 0 { return }
        sent += result
      }
      shared.pass(count)
    }
  }

  private static func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    return address
  }
}
