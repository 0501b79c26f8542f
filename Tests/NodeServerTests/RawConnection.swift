import Foundation
import ProcessSupport

/// A connection to a daemon without any manners.
final class RawConnection: Sendable {
  private static let patience = Duration.seconds(120)
  private let descriptor: Int32

  /// To a port of loopback.
  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else { throw ProcessFailure.notStarted(program: "connection", errno: errno) }
    limitWaiting()
  }

  init(path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    guard isConnected else { throw ProcessFailure.notStarted(program: "connection", errno: errno) }
    limitWaiting()
  }

  /// A read waits 30 seconds at the most, and all reads for one text ``patience``: a stream that sends signs of life never ends a read.
  private func limitWaiting() {
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// Sends all of it, however long that takes; less when the other side hangs up.
  func send(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Everything until `lines` lines have come, the other side has hung up, or it takes too long.
  func receive(lines: Int) -> [String] {
    var bytes: [UInt8] = []
    var ends = 0
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let deadline = ContinuousClock.now + Self.patience
    while ends < lines {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0, ContinuousClock.now < deadline else { break }
      ends += buffer[..<count].count { $0 == UInt8(ascii: "\n") }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Everything until `text` is in it, the other side has hung up, or it takes too long.
  func receive(until text: String) -> String {
    var bytes = Data()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let deadline = ContinuousClock.now + Self.patience
    var searched = 0
    while bytes.range(of: Data(text.utf8), in: max(0, searched - text.utf8.count)..<bytes.count) == nil {
      searched = bytes.count
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0, ContinuousClock.now < deadline else { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether the other side hangs up.
  func isEnded() -> Bool {
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, 0) == 0
  }
}
