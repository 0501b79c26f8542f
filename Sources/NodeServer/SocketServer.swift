import NIOCore
import NIOPosix
package import NodeInterface

/// Serves the interface on a Unix socket, to the user of this process and to root.
package struct SocketServer: Sendable {
  private typealias Connection = NIOAsyncChannel<[UInt8], [UInt8]>

  private let dispatcher: Dispatcher
  private let limits: ConnectionLimits
  private let onRefusal: @Sendable (_ userID: UInt32?) -> Void

  /// - Parameter onRefusal: told the user that was not let in.
  package init(
    dispatcher: Dispatcher, limits: ConnectionLimits = ConnectionLimits(),
    onRefusal: @escaping @Sendable (UInt32?) -> Void = { _ in }
  ) {
    self.dispatcher = dispatcher
    self.limits = limits
    self.onRefusal = onRefusal
  }

  /// Where it listens.
  package enum Place: Sendable {
    /// A file that it makes, and takes away at the end.
    case path(String)
    /// A descriptor that listens already, such as systemd's.
    case descriptor(Int32)
  }

  /// Serves until the task is cancelled.
  ///
  /// - Parameter onListening: called when callers are heard.
  /// - Throws: ``SocketFileError``, and what the system says.
  package func serve(at place: Place, onListening: @Sendable () async -> Void) async throws {
    let limits = limits
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 128)
      .childChannelOption(
        .writeBufferWaterMark, value: .init(low: limits.outboundByteCount / 2, high: limits.outboundByteCount)
      )
      .childChannelOption(.allowRemoteHalfClosure, value: true)
    let wrap: @Sendable (any Channel) -> EventLoopFuture<Connection> = { channel in
      channel.eventLoop.makeCompletedFuture { try InterfaceConnection.wrap(channel, limits) }
    }
    let listener: NIOAsyncChannel<Connection, Never>
    var file: SocketFile?
    switch place {
    case .path(let path):
      (listener, file) = try await SocketFile.bind(bootstrap, path: path, childChannelInitializer: wrap)
    case .descriptor(let descriptor):
      listener = try await bootstrap.bind(descriptor, childChannelInitializer: wrap)
    }
    defer { file?.remove() }
    await onListening()
    try await withThrowingDiscardingTaskGroup { group in
      try await listener.executeThenClose { connections in
        for try await connection in connections { group.addTask { await serve(connection) } }
      }
      group.cancelAll()
    }
    try Task.checkCancellation()
  }

  private func serve(_ connection: Connection) async {
    guard let peer = await PeerIdentity.of(connection.channel), peer.isAllowed else {
      onRefusal(await PeerIdentity.of(connection.channel)?.userID)
      // It is not even told why: there is nothing here for it, and it may have gone by itself.
      try? await connection.executeThenClose { _, _ in }
      return
    }
    await InterfaceConnection(dispatcher: dispatcher, caller: .local, limits: limits).serve(connection)
  }
}
