import Messaging
import Node

/// `sync.*`: what goes to and comes from the relays now. A daemon does so by itself; a command says when.
enum SyncMethods {
  static let all = [fetch, flush]

  private static let timeout = Schema.Property.optional(
    "timeoutMs", .integer(0...600_000), "How long this may take; 30000 without it.")

  private static let fetch = Method(
    "sync.fetch", "Makes sure that what waited at the own relays is here.", scope: .read, parameters: [timeout],
    errors: [.relayUnreachable, .relayRejected, .timeout, .conflict], network: .interactive
  ) { call in
    try await call.context.node.fetch(timeLimit: .milliseconds(call.integer("timeoutMs") ?? 30_000))
    return [:]
  }

  private static let flush = Method(
    "sync.flush", "Waits until everything has gone out, or until nothing more can be done.", scope: .send,
    parameters: [timeout, .optional("receipts", .boolean, "Also receipts whose time has not come yet: up to 20 s.")],
    result: .object([
      .init("left", .integer(0 ... .max), "What still waits."),
      .init("unreachable", .array(.text()), "The relays that keep it from going out."),
    ]), errors: [.conflict], network: .interactive
  ) { call in
    let limit = Duration.milliseconds(call.integer("timeoutMs") ?? 30_000)
    let receipts = call.flag("receipts")
    let outcome = try await call.context.node.settle(timeLimit: limit) { messenger in
      try messenger.isOutboxEmpty() && (!receipts || messenger.nextDeadline() == nil)
    }
    return [
      "left": .integer(try await call.read { try $0.outboxCount() }),
      "unreachable": .strings(outcome.unreachableHosts),
    ]
  }
}

extension FlushOutcome {
  /// The relays that keep something from going out, in alphabetical order.
  var unreachableHosts: [String] {
    guard case .unreachable(let hosts) = self else { return [] }
    return hosts.filter { !$0.isEmpty }.sorted()
  }
}
