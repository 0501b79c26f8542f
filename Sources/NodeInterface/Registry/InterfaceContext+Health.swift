import Ambient
import Messaging
import Node
import Vault

/// What is told to those who watch over a daemon.
extension InterfaceContext {
  /// Why the node cannot do its work just now; nil when it can.
  package func unreadiness() async throws -> String? {
    if try await node.withMessenger({ try $0.isCopied() }) { return "vault_copied" }
    let connections = try await node.connections()
    return connections.open < connections.all ? "not_connected" : nil
  }

  /// Numbers by name, without anything of anybody.
  package func gauges() async throws -> [(name: String, value: Int64)] {
    let queue = try await node.withMessenger { try $0.outboxCount() }
    let connections = try await node.connections()
    let counts = try vault.read { (try $0.eventCount(), try $0.greatestEventSeq(), try $0.eventConsumers().count) }
    return [
      ("uptime_seconds", clock.now().seconds - startedAt.seconds), ("outbox_length", Int64(queue)),
      ("relay_connections", Int64(connections.open)), ("relays", Int64(connections.all)),
      ("events_kept", Int64(counts.0)), ("events_last_seq", counts.1), ("event_consumers", Int64(counts.2)),
    ]
  }
}
