import Node
import NodeInterface
import NodeServer

extension HomeOptions {
  /// The daemon that has the vault of this home; nil when none answers where it would be.
  ///
  /// Only where the daemon of this very home listens: a command that names a home must not end up in another.
  func daemonInUse() async throws -> DaemonClient? {
    let home = try nodeHome().directory
    let path = DaemonOptions.standardPath(home: home)
    // Nobody there: the command has the vault to itself.
    guard let daemon = try? await DaemonClient.connect(path: path) else { return nil }
    let info = try await daemon.call("system.info")
    guard info["home"]?.string == home else { return nil }
    return try await DaemonClient.connect(path: path)
  }
}
