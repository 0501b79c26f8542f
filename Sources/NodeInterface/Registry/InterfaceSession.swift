/// One connection of a caller that can be told things: where notifications go, and what is told there.
package final class InterfaceSession: Sendable {
  package let caller: Caller
  private let send: @Sendable ([UInt8]) async throws -> Void
  private let jobs: AsyncStream<@Sendable () async -> Void>
  private let addJob: AsyncStream<@Sendable () async -> Void>.Continuation

  /// - Parameter send: writes one frame; returns when there is room for the next.
  package init(caller: Caller, send: @escaping @Sendable ([UInt8]) async throws -> Void) {
    self.caller = caller
    self.send = send
    (jobs, addJob) = AsyncStream.makeStream()
  }

  /// Does what goes on beside the calls, until it is cancelled or ``end()`` is called and all is done.
  package func run() async {
    await withDiscardingTaskGroup { group in
      for await job in jobs { group.addTask { await job() } }
      group.cancelAll()
    }
  }

  /// Nothing more is begun.
  package func end() { addJob.finish() }

  /// Begins something that goes on for as long as the connection.
  func begin(_ job: @escaping @Sendable () async -> Void) { addJob.yield(job) }

  /// Tells the caller something.
  ///
  /// - Throws: when the connection is gone.
  func notify(_ method: String, _ parameters: JSONValue) async throws {
    try await send(JSONText.bytes(RPCAnswer.notification(method, parameters)))
  }
}
