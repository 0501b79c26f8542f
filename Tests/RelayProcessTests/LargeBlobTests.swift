import ByteLayout
import Foundation
import ProcessSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct `A large blob` {
  /// What a relay's own memory may grow by while a blob of any size goes in and out.
  private static let boundKiB = 32 * 1_024

  /// `SOTTO_BLOB_MIB=1024` is the largest that a relay takes by default.
  private static let mebibytes =
    ProcessInfo.processInfo.environment["SOTTO_BLOB_MIB"].flatMap { Int($0) } ?? 256

  private static let block = [UInt8](TusClient.bytes(1 << 18))

  @Test func `passes through the relay in constant memory`() async throws {
    let client = try await TusClient.start()
    let size = Int(try BlobLayout.fileByteCount(contentByteCount: UInt64(Self.mebibytes) << 20))
    // What one small file takes is not what a large one does.
    _ = try await client.request("GET", try await client.blob().blob)
    let before = try client.relay.process.memory()
    let (upload, path) = try await client.begin(size)

    let (port, blob) = (client.relay.port, TusClient.path(upload))
    let process = client.relay.process
    let (sent, received): ([Int], [Int]) = try await Task.detached {
      let sent = try Self.send(size, to: path, port: port) { try process.memory().anonymous }
      return (sent, try Self.receive(size, from: blob, port: port) { try process.memory().anonymous })
    }.value
    let growth = [sent, received].map { $0.map { $0 - before.anonymous } }
    print("KiB over a small blob, at each sixteenth: up \(growth[0]), down \(growth[1])")
    for growth in growth.joined() { #expect(growth < Self.boundKiB) }
  }

  /// Uploads blocks, and tells what `measure` says at each sixteenth.
  private static func send(
    _ size: Int, to path: String, port: Int, _ measure: () throws -> Int
  ) throws -> [Int] {
    let socket = try LoopbackSocket(port: port)
    socket.send(
      """
      PATCH \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTus-Resumable: 1.0.0\r
      Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\nContent-Length: \(size)\r\n\r\n
      """.utf8)
    var measured: [Int] = []
    for offset in stride(from: 0, to: size, by: block.count) {
      #expect(socket.send(block.prefix(size - offset)))
      if offset >= measured.count * size / 16 { measured.append(try measure()) }
    }
    #expect(String(decoding: socket.receiveAll(), as: UTF8.self).hasPrefix("HTTP/1.1 204"))
    return measured + [try measure()]
  }

  /// Downloads it, compares every byte, and tells what `measure` says at each sixteenth.
  private static func receive(
    _ size: Int, from path: String, port: Int, _ measure: () throws -> Int
  ) throws -> [Int] {
    let socket = try LoopbackSocket(port: port)
    socket.send("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8)
    var head: [UInt8] = []
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      let byte = socket.receive(1)
      guard !byte.isEmpty else { throw ProcessFailure.unexpectedOutput("no answer") }
      head += byte
    }
    #expect(String(decoding: head, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
    var (measured, offset) = ([Int](), 0)
    while true {
      let bytes = socket.receive(block.count)
      if bytes.isEmpty { break }
      let start = offset % block.count
      let first = min(bytes.count, block.count - start)
      let isSame =
        bytes.prefix(first).elementsEqual(block[start..<start + first])
        && bytes.dropFirst(first).elementsEqual(block.prefix(bytes.count - first))
      if !isSame { throw ProcessFailure.unexpectedOutput("other bytes at \(offset)") }
      offset += bytes.count
      if offset >= measured.count * size / 16 { measured.append(try measure()) }
    }
    #expect(offset == size)
    return measured + [try measure()]
  }
}
