import NIOCore
import NodeInterface

/// Serves one connection: reads requests, does them side by side, and writes the answers as they come.
struct InterfaceConnection: Sendable {
  let dispatcher: Dispatcher
  let caller: Caller
  let limits: ConnectionLimits

  /// The channel with the framing, its buffers bounded.
  static func wrap(_ channel: any Channel, _ limits: ConnectionLimits) throws -> NIOAsyncChannel<[UInt8], [UInt8]> {
    try channel.pipeline.syncOperations.addHandlers(
      ByteToMessageHandler(LineDecoder(limit: limits.frameByteCount), maximumBufferSize: nil),
      MessageToByteHandler(LineEncoder()))
    return try NIOAsyncChannel(
      wrappingChannelSynchronously: channel,
      configuration: .init(
        backPressureStrategy: .init(lowWatermark: 2, highWatermark: 8), isOutboundHalfClosureEnabled: true,
        inboundType: [UInt8].self, outboundType: [UInt8].self))
  }

  /// Serves until the other side has gone, or the task is cancelled.
  func serve(_ channel: NIOAsyncChannel<[UInt8], [UInt8]>) async {
    do {
      try await channel.executeThenClose { inbound, outbound in
        let session = InterfaceSession(caller: caller) { frame in try await outbound.write(frame) }
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask { await session.run() }
          try await answer(inbound, outbound, session)
          session.end()
          group.cancelAll()
        }
      }
    } catch {
      // The other side has gone, or it is over here: nobody is there to be told.
    }
  }

  private func answer(
    _ inbound: NIOAsyncChannelInboundStream<[UInt8]>, _ outbound: NIOAsyncChannelOutboundWriter<[UInt8]>,
    _ session: InterfaceSession
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      var underway = 0
      do {
        for try await frame in inbound {
          if underway >= limits.requestsInFlight {
            try await group.next()
            underway -= 1
          }
          underway += 1
          group.addTask {
            if let answer = await dispatcher.answer(frame, from: caller, session: session) {
              try await outbound.write(answer)
            }
          }
        }
      } catch FrameError.tooLong {
        // It is said, and then the connection ends: where the next frame begins is not known.
        let refusal = InterfaceError(.parse, "A frame may have \(limits.frameByteCount) bytes.")
        try await outbound.write(JSONText.bytes(RPCAnswer.json(nil, .failure(refusal))))
        return
      }
      // The other side has said all, and still hears: what it asked for is answered.
      try await group.waitForAll()
    }
  }
}
