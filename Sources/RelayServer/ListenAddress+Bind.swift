import Foundation
import NIOCore
import NIOPosix
import Systemd

extension ListenAddress {
  /// Binds, or takes what was inherited, and listens.
  ///
  /// - Returns: the channel, and the file to remove at the end.
  func bind(_ bootstrap: ServerBootstrap) async throws -> (channel: any Channel, file: ListeningSocketFile?) {
    switch place {
    case .internet(let host, let port):
      return (
        try await Self.internet(bootstrap)
          .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
          .bind(host: host, port: port).get(), nil
      )
    case .file(let path):
      let file = try await ListeningSocketFile.bind(bootstrap, path: path)
      return (file.channel, file)
    case .inherited:
      let descriptor = try InheritedSocket.descriptor(ProcessInfo.processInfo.environment)
      let isInternet = InheritedSocket.isInternet(descriptor)
      let channel = try await (isInternet ? Self.internet(bootstrap) : bootstrap).withBoundSocket(descriptor).get()
      let host = channel.localAddress?.ipAddress
      guard protection != .loopback || !isInternet || host.map(Self.isLoopback) == true else {
        try await channel.close()
        throw InheritedSocketError.notLoopback
      }
      return (channel, nil)
    }
  }

  private static func internet(_ bootstrap: ServerBootstrap) -> ServerBootstrap {
    bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
  }
}
