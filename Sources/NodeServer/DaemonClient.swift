import Foundation
import NIOCore
import NIOPosix
package import NodeInterface

/// Speaks to a daemon over its socket: one call after another, and what it is told in between.
package final class DaemonClient: Sendable {
  private let channel: NIOAsyncChannel<[UInt8], [UInt8]>

  private init(_ channel: NIOAsyncChannel<[UInt8], [UInt8]>) { self.channel = channel }

  /// - Throws: ``DaemonClientError/unreachable`` when nobody listens there.
  package static func connect(path: String) async throws(DaemonClientError) -> DaemonClient {
    // What a daemon sends is bounded by itself; a list of contacts may be longer than a request.
    let limits = ConnectionLimits(frameByteCount: 8 << 20)
    do {
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(unixDomainSocketPath: path) { channel in
          channel.eventLoop.makeCompletedFuture { try InterfaceConnection.wrap(channel, limits) }
        }
      return DaemonClient(channel)
    } catch { throw .unreachable }
  }

  /// Lends the open connection for as long as `body` runs.
  package func converse<Result: Sendable>(_ body: (Conversation) async throws -> Result) async throws -> Result {
    try await channel.executeThenClose { inbound, outbound in
      // As long as the daemon bounds what it says unasked, this does not grow.
      let (lines, line) = AsyncThrowingStream.makeStream(of: [UInt8].self)
      return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          do {
            for try await frame in inbound { line.yield(frame) }
            line.finish()
          } catch { line.finish(throwing: error) }
        }
        let result = try await body(Conversation(lines: lines, outbound: outbound))
        group.cancelAll()
        return result
      }
    }
  }

  /// Makes one call, and hangs up.
  ///
  /// - Throws: ``DaemonClientError``.
  package func call(_ method: String, _ parameters: [String: JSONValue] = [:]) async throws -> JSONValue {
    try await converse { conversation in try await conversation.call(method, parameters) }
  }

  /// An open connection. Used by one task.
  package final class Conversation {
    private var lines: AsyncThrowingStream<[UInt8], any Error>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<[UInt8]>
    private var lastID: Int64 = 0
    /// What came while an answer was waited for.
    private var notifications: [JSONValue] = []

    fileprivate init(
      lines: AsyncThrowingStream<[UInt8], any Error>, outbound: NIOAsyncChannelOutboundWriter<[UInt8]>
    ) {
      self.lines = lines.makeAsyncIterator()
      self.outbound = outbound
    }

    /// Calls, and waits for the answer.
    ///
    /// - Throws: ``DaemonClientError/refused(_:)``, ``DaemonClientError/ended``.
    package func call(_ method: String, _ parameters: [String: JSONValue] = [:]) async throws -> JSONValue {
      lastID += 1
      try await outbound.write(
        JSONText.bytes([
          "jsonrpc": "2.0", "id": .integer(lastID), "method": .string(method), "params": .object(parameters),
        ]))
      while true {
        let frame = try await nextFrame()
        guard frame["method"] == nil else {
          notifications.append(frame)
          continue
        }
        if let result = frame["result"], frame["id"] == .integer(lastID) { return result }
        throw DaemonClientError.refused(frame["error"] ?? .null)
      }
    }

    /// The next thing that the daemon says by itself.
    ///
    /// - Throws: ``DaemonClientError/ended``.
    package func nextNotification() async throws -> JSONValue {
      while notifications.isEmpty {
        let frame = try await nextFrame()
        if frame["method"] != nil { notifications.append(frame) }
      }
      return notifications.removeFirst()
    }

    private func nextFrame() async throws -> JSONValue {
      guard let line = try await lines.next(isolation: #isolation) else { throw DaemonClientError.ended }
      do { return try JSONDecoder().decode(JSONValue.self, from: Data(line)) } catch { throw DaemonClientError.ended }
    }
  }
}

/// Why a daemon did not answer as was hoped.
package enum DaemonClientError: Error, Hashable, Sendable {
  /// Nobody listens.
  case unreachable
  /// The daemon has ended the connection.
  case ended
  /// It answered with this error.
  case refused(JSONValue)
}
