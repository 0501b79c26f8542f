import NIOCore
import NIOPosix
package import NodeInterface

/// Serves the interface on standard input and output, to whoever started the process.
package struct StandardStreams: Sendable {
  private let dispatcher: Dispatcher

  package init(dispatcher: Dispatcher) { self.dispatcher = dispatcher }

  /// Serves until the input ends and everything is answered, or the task is cancelled.
  ///
  /// - Throws: what the system says of the streams.
  package func serve(input: CInt, output: CInt) async throws {
    let limits = ConnectionLimits()
    let channel = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(
        .writeBufferWaterMark, value: .init(low: limits.outboundByteCount / 2, high: limits.outboundByteCount)
      )
      .channelOption(.allowRemoteHalfClosure, value: true)
      .takingOwnershipOfDescriptors(input: input, output: output) { channel in
        channel.eventLoop.makeCompletedFuture { try InterfaceConnection.wrap(channel, limits) }
      }
    await InterfaceConnection(dispatcher: dispatcher, caller: .local, limits: limits).serve(channel)
  }
}
