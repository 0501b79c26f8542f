import Messaging
import Node

/// What every command does that has reached the relay: it sends what earlier ones could not.
enum Waiting {
  private static let timeLimit = Duration.seconds(30)

  /// Sends what a command has put into the outbox, and ends the connections.
  ///
  /// - Parameter what: it, at the beginning of a sentence.
  /// - Throws: ``CommandFailure`` when it could not be sent now; it is kept.
  static func deliver(_ what: String, _ node: Node) async throws {
    let outcome = try await node.deliverOutbox(timeLimit: timeLimit) { try $0.outboxCount() == 0 }
    await node.close()
    guard try await node.withMessenger({ try $0.outboxCount() }) > 0 else { return }
    if case .unreachable(let hosts) = outcome { throw CommandFailure.kept(what, unreachable: hosts) }
    throw CommandFailure.kept(what, after: timeLimit)
  }

  /// Sends what waits; what cannot be sent now is kept, and only said.
  static func deliver(_ node: Node, timeLimit: Duration) async throws {
    _ = try await node.deliverOutbox(timeLimit: timeLimit) { _ in false }
    let left = try await node.withMessenger { try $0.outboxCount() }
    if left > 0 { Output.note("\(left) waiting to be sent: kept, and tried again by the next command.") }
  }
}
