package import Ambient
package import Logging
import NIOCore
import NIOPosix
package import RelayCore
package import RelayWire
import ServiceLifecycle

/// A relay over a store: listens, serves, and ends in order.
///
/// Does not open the store or read the relay's key: ``RelayData`` does. Its log names no mailbox, no peer and no size
/// of anyone's (R8).
package struct RelayServer: Service {
  /// How long connections may take to end when the relay does.
  static let endingLimit = TimeAmount.seconds(5)
  /// How often the store is asked to remove what has expired.
  static let expiryInterval = TimeAmount.seconds(60)
  /// How often silent sessions over HTTP are looked for.
  static let silenceInterval = TimeAmount.seconds(30)
  /// Connections that the system holds until they are accepted.
  static let backlog: Int32 = 1_024

  private let address: ListenAddress
  private let certificate: ServerCertificate?
  private let services: RelaySession.Services
  private let randomness: any PublicRandomness
  private let steadyClock: any SteadyClock
  private let logger: Logger
  private let whenListening: @Sendable (ListenAddress) -> Void

  /// - Parameters:
  ///   - certificate: what TLS is spoken with; nil: none is spoken.
  ///   - randomness: where challenges come from.
  ///   - limits: how much senders may ask per time; nil: as much as they can.
  ///   - whenListening: called once, with the port that the system chose if `address` has port 0.
  package init(
    listeningOn address: ListenAddress, certificate: ServerCertificate? = nil, store: any MailboxStore,
    relayKey: RelayKey, software: String, randomness: any PublicRandomness, limits: RateLimits? = .standard,
    requestWorkBits: UInt32 = 0, steadyClock: any SteadyClock = SystemSteadyClock(), logger: Logger,
    whenListening: @escaping @Sendable (ListenAddress) -> Void
  ) {
    self.address = address
    self.certificate = certificate
    self.services = RelaySession.Services(
      store: store, directory: MailboxDirectory(),
      info: RelayInfo(relayKey: relayKey, limits: .current, software: software, requestWorkBits: requestWorkBits),
      limits: limits.map { SenderLimits($0, clock: steadyClock) })
    self.randomness = randomness
    self.steadyClock = steadyClock
    self.logger = logger
    self.whenListening = whenListening
  }

  /// Serves until the task is cancelled or a graceful shutdown begins; then stops taking requests, lets the store
  /// finish what it has, closes every connection with 1001 and shuts the store down.
  ///
  /// - Throws: ``RelayServerError/cannotListen(_:)``.
  package func run() async throws {
    let connections = ConnectionLimit()
    let sessions = HTTPSessions(services: services, randomness: randomness, clock: steadyClock)
    let http = HTTPConnections(router: RelayRouter(sessions: sessions))
    let (listener, file): (any Channel, ListeningSocketFile?)
    do { (listener, file) = try await listen(connections, http) } catch {
      await shutDownStore()
      throw RelayServerError.cannotListen(address)
    }
    // Not a child of this task, whose cancellation begins the end: what was begun is still answered then.
    let servingHTTP = Task { await http.serve() }
    let expiry = listener.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.expiryInterval) {
      [services, logger] _ in
      services.store.removeExpired { result in
        if case .failure = result { logger.warning("expired envelopes could not be removed now") }
      }
    }
    let silence = listener.eventLoop.scheduleRepeatedTask(
      initialDelay: Self.silenceInterval, delay: Self.silenceInterval
    ) { _ in sessions.removeSilent() }
    if address.isOpenWithoutTLS {
      logger.warning(
        "listening without TLS on an address that others can reach: what is in front of this relay must encrypt")
    }
    whenListening(address.with(port: listener.localAddress?.port ?? address.port))
    await withTaskCancellationOrGracefulShutdownHandler {
      // Only this task's own ending closes the listener; a closed listener is what was waited for.
      try? await listener.closeFuture.get()
    } onCancelOrGracefulShutdown: {
      listener.close(promise: nil)
    }
    file?.remove()
    logger.info("ending: no new connections")
    expiry.cancel()
    silence.cancel()
    sessions.quiesce()
    await end(connections, on: listener.eventLoop)
    http.finish()
    await servingHTTP.value
    await shutDownStore()
    logger.info("ended")
  }

  private func listen(
    _ connections: ConnectionLimit, _ http: HTTPConnections
  ) async throws -> (any Channel, ListeningSocketFile?) {
    let pipeline = RelayPipeline(services: services, http: http, randomness: randomness, certificate: certificate)
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: Self.backlog)
      .childChannelOption(
        .writeBufferWaterMark, value: .init(low: RelayPipeline.lowWatermark, high: RelayPipeline.highWatermark)
      )
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard connections.admit(channel) else { throw ChannelError.eof }
          try pipeline.configure(channel)
        }
      }
    switch address.place {
    case .internet(let host, let port):
      return
        (
          try await bootstrap
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: host, port: port).get(), nil
        )
    case .file(let path):
      let file = try await ListeningSocketFile.bind(bootstrap, path: path)
      return (file.channel, file)
    }
  }

  private func end(_ connections: ConnectionLimit, on eventLoop: any EventLoop) async {
    let ended = connections.quiesce(on: eventLoop)
    let late = eventLoop.scheduleTask(in: Self.endingLimit) { connections.closeAll() }
    // The promise only ever succeeds.
    try? await ended.get()
    late.cancel()
  }

  private func shutDownStore() async {
    await withCheckedContinuation { continuation in
      services.store.shutDown { continuation.resume() }
    }
  }
}

extension RelayServer: CustomStringConvertible {
  /// What service-lifecycle may log of it.
  package var description: String { "relay" }
}

/// Why a relay does not serve.
package enum RelayServerError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another program listens there, or the address is not this machine's.
  case cannotListen(ListenAddress)

  package var description: String {
    switch self {
    case .cannotListen(let address):
      switch address.place {
      case .internet:
        "Cannot listen on \(address.text): is another program using that port? Choose another with --listen."
      case .file:
        "Cannot listen on \(address.text): does another program use it, is it something else than a socket, or may nothing be made in its folder? Choose another with --listen."
      }
    }
  }
}
