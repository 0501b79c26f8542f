import Foundation
import Synchronization

/// Passes TCP connections on to a port of this machine from an address of loopback of its own, and can fall silent, as a
/// network does when a cable is pulled: nothing passes any more and nobody is told.
package final class LoopbackForwarder: Sendable {
  /// Where it listens on 127.0.0.1.
  package let port: Int
  private let listener: LoopbackSocket
  private let silence = Silence()

  private final class Silence: Sendable {
    let isSilent = Atomic(false)
  }

  /// - Parameters:
  ///   - destination: the port to pass connections on to.
  ///   - source: the address (127.x.y.z) that they come from.
  package init(to destination: Int, from source: String = "127.0.0.1") throws(ProcessFailure) {
    let listener = LoopbackSocket(descriptor: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    _ = fcntl(listener.descriptor, F_SETFD, FD_CLOEXEC)
    guard LoopbackSocket.with("127.0.0.1", port: 0, { bind(listener.descriptor, $0, $1) }) == 0,
      listen(listener.descriptor, 256) == 0
    else { throw .notStarted(program: "forwarder", errno: errno) }
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener.descriptor, $0, &length) }
    }
    self.listener = listener
    port = Int(UInt16(bigEndian: address.sin_port))
    let silence = silence
    Thread.detachNewThread {
      while true {
        let accepted = accept(listener.descriptor, nil, nil)
        guard accepted >= 0 else { break }
        _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
        let client = LoopbackSocket(descriptor: accepted)
        // A destination that is not there: the client sees its connection end.
        guard let server = try? LoopbackSocket(port: destination, from: source) else { continue }
        Thread.detachNewThread { Self.pump(from: client, to: server, silence) }
        Thread.detachNewThread { Self.pump(from: server, to: client, silence) }
      }
    }
  }

  deinit { listener.shutDown() }

  /// From now on nothing passes, in no direction, and no end is told either.
  package func fallSilent() { silence.isSilent.store(true, ordering: .relaxed) }

  private static func pump(from source: LoopbackSocket, to target: LoopbackSocket, _ silence: Silence) {
    while true {
      let bytes = source.receive()
      if silence.isSilent.load(ordering: .relaxed) {
        // Both sockets stay open for as long as the process lives.
        while true { sleep(.max) }
      }
      guard !bytes.isEmpty, target.send(bytes) else { break }
    }
    source.shutDown()
    target.shutDown()
  }
}
