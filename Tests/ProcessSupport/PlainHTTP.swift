package import Foundation

/// One HTTP/1.1 request on a connection of its own to a port on loopback, byte for byte as it is told: no library that
/// would mend it.
package enum PlainHTTP {
  /// What came back.
  package struct Answer: Sendable {
    package let status: Int
    /// By lower-case name; of several the last.
    package let headers: [String: String]
    package let body: Data
    /// Everything as it came.
    package let bytes: Data
  }

  /// Sends a request and reads the answer to the end of the connection.
  ///
  /// - Parameters:
  ///   - body: sent with `Content-Length`, unless `length` says something else; nil: none.
  ///   - host: what `Host` says, if not the address.
  ///   - length: what `Content-Length` says; when more than `body`, the connection is cut behind it.
  package static func request(
    port: Int, _ method: String, _ path: String, _ headers: [(String, String)] = [], host: String? = nil,
    body: Data? = nil, length: Int? = nil
  ) async throws(ProcessFailure) -> Answer {
    var text = "\(method) \(path) HTTP/1.1\r\nHost: \(host ?? "127.0.0.1:\(port)")\r\nConnection: close\r\n"
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    if let body { text += "Content-Length: \(length ?? body.count)\r\n" }
    let head = Data((text + "\r\n").utf8)
    let cut = length.map { $0 > (body?.count ?? 0) } ?? false
    let bytes = await withCheckedContinuation { (continuation: CheckedContinuation<Data?, Never>) in
      Thread.detachNewThread {
        continuation.resume(returning: exchange(port: port, head: head, body: body ?? Data(), cut: cut))
      }
    }
    guard let bytes else { throw .unexpectedOutput("no connection to port \(port)") }
    if cut { return Answer(status: 0, headers: [:], body: Data(), bytes: bytes) }
    guard let answer = parse(bytes) else { throw .unexpectedOutput(String(decoding: bytes.prefix(200), as: UTF8.self)) }
    return answer
  }

  private static func exchange(port: Int, head: Data, body: Data, cut: Bool) -> Data? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard descriptor >= 0, connected == 0 else { return nil }
    // A relay that answers before it has read everything closes: what it said is still there to be read.
    for part in [head, body] {
      part.withUnsafeBytes { part in
        var sent = 0
        while sent < part.count {
          let result = send(
            descriptor, part.baseAddress.map { $0 + sent }, part.count - sent, Int32(MSG_NOSIGNAL))
          if result <= 0 { return }
          sent += result
        }
      }
    }
    if cut { return Data() }
    var received = Data()
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count <= 0 { return received }
      received.append(contentsOf: buffer[..<count])
    }
  }

  private static func parse(_ bytes: Data) -> Answer? {
    guard let end = bytes.range(of: Data("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
    let first = lines[0].split(separator: " ")
    guard first.count >= 2, let status = Int(first[1]) else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
    }
    return Answer(status: status, headers: headers, body: Data(bytes[end.upperBound...]), bytes: bytes)
  }
}
