import NIOCore
import NIOPosix
import NIOSSL

/// Makes connections to a relay as far as bytes go: TCP, the proxy if there is one, TLS where the address asks for it.
///
/// Speaks neither HTTP nor WebSocket. The connections of one dialer belong together and are shown to the proxy under one
/// name.
struct RelayDialer: Sendable {
  let address: RelayAddress
  let transport: RelayTransport
  private let userName: [UInt8]

  init(address: RelayAddress, transport: RelayTransport) {
    self.address = address
    self.transport = transport
    userName = SocksProxy.userName(transport.randomness)
  }

  /// Connects, and lets `configure` put its handlers behind TLS. The channel is closed at `deadline` unless the task that
  /// `configure` is given is cancelled.
  ///
  /// - Returns: once TCP stands, what `configure` will have made when everything before it is done.
  func dial<Output: Sendable>(
    on group: any EventLoopGroup, deadline: NIODeadline,
    _ configure: @escaping @Sendable (any Channel, Scheduled<Void>) throws -> EventLoopFuture<Output>
  ) async throws -> EventLoopFuture<Output> {
    try transport.check(address)
    let (host, port) = transport.proxy.map { ($0.host, $0.port) } ?? (address.host, address.port)
    return try await ClientBootstrap(group: group)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .connectTimeout(max(.milliseconds(1), deadline - .now()))
      .connect(host: host, port: port) { channel in
        channel.eventLoop.makeCompletedFuture { try begin(channel, deadline, configure) }
      }
  }

  /// What an error of an attempt that had time until `deadline` means.
  static func failure(_ error: any Error, deadline: NIODeadline) -> RelayClientError {
    let isLate = NIODeadline.now() >= deadline
    if let error = error as? RelayClientError {
      // What is cut off when the time is over ended for that reason alone.
      return isLate && [.closed, .proxy(.notSocks)].contains(error) ? .timedOut : error
    }
    // Whatever NIO reports, the caller's question is: too late, or not there at all?
    if isLate { return .timedOut }
    return tlsFailure(error).map { .tls($0) } ?? .unreachable
  }

  /// Limits the time that it all may take, and goes through the proxy first if there is one.
  private func begin<Output: Sendable>(
    _ channel: any Channel, _ deadline: NIODeadline,
    _ configure: @escaping @Sendable (any Channel, Scheduled<Void>) throws -> EventLoopFuture<Output>
  ) throws -> EventLoopFuture<Output> {
    let late = channel.eventLoop.scheduleTask(deadline: deadline) { channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in late.cancel() }
    let encrypt: @Sendable (any Channel) throws -> Void = { channel in
      guard address.protection == .tls else { return }
      try channel.pipeline.syncOperations.addHandler(try transport.makeTLSHandler(for: address))
    }
    guard transport.isProxied else {
      try encrypt(channel)
      return try configure(channel, late)
    }
    let established = channel.eventLoop.makePromise(of: Void.self)
    let handshake = SocksHandshake(destination: address, userName: userName, established: established)
    try channel.pipeline.syncOperations.addHandler(handshake)
    return established.futureResult.flatMapThrowing {
      try encrypt(channel)
      return try configure(channel, late)
    }.flatMap { $0 }
  }

  /// What an error of TLS means; nil for any other.
  private static func tlsFailure(_ error: any Error) -> RelayClientError.TLSFailure? {
    switch error {
    case let error as NIOSSLExtraError:
      error == .failedToValidateHostname || error == .serverHostnameImpossibleToMatch ? .wrongHost : .handshake
    case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate: .untrustedCertificate
    // BoringSSL's reason has no other form than its name.
    case let error as NIOSSLError where "\(error)".contains("CERTIFICATE_VERIFY_FAILED"): .untrustedCertificate
    case is NIOSSLError, is BoringSSLError: .handshake
    default: nil
    }
  }
}
