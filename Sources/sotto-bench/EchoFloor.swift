import Foundation
import Glibc

/// What this machine takes for a live delivery without a relay: a thread writes what it receives, waits until it is durable,
/// and sends it on.
///
/// What came meanwhile shares the next write, as in a relay. The socket is a pair within this process; the two threads need
/// to be woken as those of a relay do, and so show what the machine's scheduler and disk do to a delay.
struct EchoFloor {
  private static let messageByteCount = 1_024

  let path: String
  /// Pages that are written for what comes at once.
  let pages: Int

  /// Sends `rate` messages of 1 KiB a second. A latency is from the sending to the echo.
  func run(rate: Double, for time: Duration) throws -> Rate {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
      throw LoadFailure.system("socketpair")
    }
    let (client, server) = (ends[0], ends[1])
    defer { close(client) }
    let (path, pages) = (path, pages)
    Thread.detachNewThread {
      try? Self.echo(on: server, DiskFloor(path), pages: pages)  // the client tells of a failure
      close(server)
    }
    return try send(on: client, rate: rate, for: time)
  }

  private static func echo(on server: Int32, _ disk: DiskFloor, pages: Int) throws {
    var bytes = [UInt8](repeating: 0, count: 64 * messageByteCount)
    // The file is there.
    guard write(server, bytes, 1) == 1 else { return }
    while true {
      var count = read(server, &bytes, bytes.count)
      guard count > 0 else { return }
      // Only whole messages are durable.
      while count % messageByteCount != 0 {
        let room = bytes.count - count
        let more = bytes.withUnsafeMutableBytes { read(server, $0.baseAddress.map { $0 + count }, room) }
        guard more > 0 else { return }
        count += more
      }
      try disk.commit(pages: pages)
      guard write(server, bytes, count) == count else { return }
    }
  }

  private func send(on client: Int32, rate: Double, for time: Duration) throws -> Rate {
    var message = [UInt8](repeating: 7, count: Self.messageByteCount)
    var echo = [UInt8](repeating: 0, count: 64 * Self.messageByteCount)
    var (sent, received) = (0, 0)
    guard read(client, &echo, 1) == 1 else { throw LoadFailure("the echo did not begin") }
    var times: [UInt64] = []
    var latencies: [UInt64] = []
    let watch = Stopwatch()
    let start = Monotonic.now()
    let end = start + UInt64(time.inSeconds * 1e9)
    while true {
      let now = Monotonic.now()
      if now >= end, latencies.count == sent { return watch.rate(nanoseconds: latencies) }
      while now < end, Double(sent) < Double(now - start) / 1e9 * rate {
        message[0] = UInt8(truncatingIfNeeded: sent)
        times.append(Monotonic.now())
        guard write(client, message, message.count) == message.count else { throw LoadFailure.system("write") }
        sent += 1
      }
      var interest = pollfd(fd: client, events: Int16(POLLIN), revents: 0)
      guard poll(&interest, 1, 1) > 0 else { continue }
      let count = read(client, &echo, echo.count)
      guard count > 0 else { throw LoadFailure("the echo ended") }
      received += count
      while latencies.count < received / Self.messageByteCount {
        latencies.append(Monotonic.now() - times[latencies.count])
      }
    }
  }
}
