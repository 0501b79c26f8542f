package import Ambient
import Foundation
import NIOCore
import NIOPosix
package import RelayBlobs
package import RelayCore
package import RelayWire
import ServiceLifecycle
import Systemd

/// A relay over a store: listens, serves, and ends in order.
///
/// Does not open the store or read the relay's key: ``RelayData`` does. Its log names no mailbox, no peer and no size
/// of anyone's (R8).
package struct RelayServer: Service {
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
  private let operation: RelayOperation
  private let frames: PartialFrames
  private let whenListening: @Sendable (ListenAddress) -> Void

  /// - Parameters:
  ///   - certificate: what TLS is spoken with; nil: none is spoken.
  ///   - blobs: where files are kept; nil: this relay takes none.
  ///   - randomness: where challenges come from.
  ///   - limits: how much senders may ask per time; nil: as much as they can.
  ///   - requestWorkBits, registration: what `Info` tells; the store judges by the same.
  ///   - operation: log, numbers, and how to end.
  ///   - whenListening: called once, with the port that the system chose if `address` has port 0.
  package init(
    listeningOn address: ListenAddress, certificate: ServerCertificate? = nil, store: any MailboxStore,
    blobs: BlobStore? = nil, relayKey: RelayKey, software: String, randomness: any PublicRandomness,
    limits: RateLimits? = .standard,
    requestWorkBits: UInt32 = 0, registration: RegistrationMode = .open,
    steadyClock: any SteadyClock = SystemSteadyClock(),
    operation: RelayOperation = RelayOperation(),
    whenListening: @escaping @Sendable (ListenAddress) -> Void
  ) {
    self.address = address
    self.certificate = certificate
    self.services = RelaySession.Services(
      store: store, blobs: blobs, directory: MailboxDirectory(),
      info: RelayInfo(
        relayKey: relayKey, limits: .current, software: software, requestWorkBits: requestWorkBits,
        registration: registration),
      limits: limits.map { SenderLimits($0, clock: steadyClock) }, metrics: operation.metrics)
    self.randomness = randomness
    self.steadyClock = steadyClock
    self.operation = operation
    self.frames = PartialFrames(budget: operation.partialFrameBudget)
    self.whenListening = whenListening
  }

  /// Serves until the task is cancelled or a graceful shutdown begins; then stops taking requests, lets the store
  /// finish what it has, closes every connection with 1001 and shuts the store down.
  ///
  /// - Throws: ``RelayServerError/cannotListen(_:)``.
  package func run() async throws {
    let (log, metrics) = (operation.log, operation.metrics)
    let connections = ConnectionLimit(maximum: operation.maximumConnections, metrics: metrics)
    let sessions = HTTPSessions(
      services: services, randomness: randomness, clock: steadyClock, maximum: operation.maximumSessions)
    let http = HTTPConnections(
      router: RelayRouter(sessions: sessions, metrics: metrics, blobs: services.blobs, frames: frames))
    let (listener, file): (any Channel, ListeningSocketFile?)
    let metricsListener: MetricsListener?
    do { metricsListener = try await listenForMetrics(connections) } catch {
      await shutDownStore()
      throw RelayServerError.cannotListen(operation.metricsAddress ?? address)
    }
    do { (listener, file) = try await listen(connections, http) } catch {
      await metricsListener?.close()
      await shutDownStore()
      throw RelayServerError.cannotListen(address)
    }
    // Not a child of this task, whose cancellation begins the end: what was begun is still answered then.
    let servingHTTP = Task { await http.serve() }
    let expiry = listener.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: Self.expiryInterval) {
      [services] _ in
      services.store.removeExpired { result in
        if case .failure = result { log.record(.expiryFailed) }
        metrics.wrote(result.isSuccess)
      }
      guard let blobs = services.blobs else { return }
      NIOThreadPool.singleton.submit { _ in
        do throws(BlobStoreError) { try blobs.removeExpired() } catch {
          log.record(.expiryFailed)
        }
      }
    }
    let silence = listener.eventLoop.scheduleRepeatedTask(
      initialDelay: Self.silenceInterval, delay: Self.silenceInterval
    ) { _ in sessions.removeSilent() }
    log.record(.listening(address.protection))
    if address.isOpenWithoutTLS { log.record(.openWithoutTLS) }
    let watchdog = operation.notifier?.watch(on: listener.eventLoop)
    operation.notifier?.tell(.ready)
    whenListening(address.with(port: listener.localAddress?.port ?? address.port))
    await withTaskCancellationOrGracefulShutdownHandler {
      // Only this task's own ending closes the listener; a closed listener is what was waited for.
      try? await listener.closeFuture.get()
    } onCancelOrGracefulShutdown: {
      listener.close(promise: nil)
    }
    file?.remove()
    log.record(.ending)
    metrics.begunToEnd()
    operation.notifier?.tell(.stopping)
    expiry.cancel()
    silence.cancel()
    sessions.quiesce()
    await end(connections, on: listener.eventLoop)
    http.finish()
    await servingHTTP.value
    await shutDownStore()
    await metricsListener?.close()
    watchdog?.cancel()
    log.record(.ended)
  }

  private func listen(
    _ connections: ConnectionLimit, _ http: HTTPConnections
  ) async throws -> (any Channel, ListeningSocketFile?) {
    let pipeline = RelayPipeline(
      services: services, http: http, randomness: randomness, certificate: certificate, frames: frames,
      times: operation.times)
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
    return try await address.bind(bootstrap)
  }

  private func listenForMetrics(_ connections: ConnectionLimit) async throws -> MetricsListener? {
    guard let metricsAddress = operation.metricsAddress else { return nil }
    let (metrics, folder, directory) = (operation.metrics, operation.dataFolder, services.directory)
    let frames = frames
    return try await MetricsListener.start(metricsAddress) {
      metrics.text(gauges: [
        ("sotto_relay_connections", "Connections now.", connections.count),
        ("sotto_relay_open_mailboxes", "Mailboxes that are open somewhere.", directory.count),
        ("sotto_relay_partial_frame_bytes", "Bytes of large frames that are not whole yet.", frames.byteCount),
        ("sotto_relay_store_bytes", "Size of relay.sqlite.", Self.size(folder, "/relay.sqlite")),
        ("sotto_relay_store_log_bytes", "Size of relay.sqlite-wal.", Self.size(folder, "/relay.sqlite-wal")),
      ])
    }
  }

  private static func size(_ folder: String?, _ name: String) -> Int {
    // A file that is not there has no size.
    let attributes = folder.flatMap { try? FileManager.default.attributesOfItem(atPath: $0 + name) }
    return (attributes?[.size] as? Int) ?? 0
  }

  private func end(_ connections: ConnectionLimit, on eventLoop: any EventLoop) async {
    let ended = connections.quiesce(on: eventLoop)
    let late = eventLoop.scheduleTask(in: TimeAmount(operation.endingLimit)) { connections.closeAll() }
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

extension SystemdNotifier {
  /// Tells that the event loop still turns, as often as it is waited for.
  func watch(on eventLoop: any EventLoop) -> RepeatedTask? {
    guard let watchdogInterval else { return nil }
    let interval = TimeAmount(watchdogInterval)
    return eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in tell(.watchdog) }
  }
}

extension Result {
  fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }
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
      case .inherited:
        "There is no socket from systemd that can be used: exactly one listening stream socket is needed, of loopback unless there is TLS or --insecure-plaintext."
      case .file:
        "Cannot listen on \(address.text): does another program use it, is it something else than a socket, or may nothing be made in its folder? Choose another with --listen."
      }
    }
  }
}
