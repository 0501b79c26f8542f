import Messaging
import Node

/// What every command does that has reached the relay: it sends what earlier ones could not.
enum Waiting {
  /// Sends what waits; what cannot be sent now is kept, and only said.
  static func deliver(_ node: Node, timeLimit: Duration) async throws {
    _ = try await node.deliverOutbox(timeLimit: timeLimit) { _ in false }
    let left = try await node.withMessenger { try $0.outboxCount() }
    if left > 0 { Output.note("\(left) waiting to be sent: kept, and tried again by the next command.") }
  }
}
