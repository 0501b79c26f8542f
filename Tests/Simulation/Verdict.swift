import ByteLayout
import Messaging
import Vault

/// Looks at the invariants once nothing moves any more.
struct Verdict {
  let world: World

  /// Whether every message has reached its last state.
  func isQuiet() throws -> Bool {
    try world.nodes.allSatisfy { node in
      try others(node).allSatisfy { other in
        try node.conversation(with: other).allSatisfy {
          $0.direction == .incoming || $0.state >= .delivered
        }
      }
    }
  }

  /// - Throws: ``SimulationFailure`` for the first invariant that does not hold.
  func check() throws {
    for node in world.nodes {
      for other in others(node) {
        try checkIncoming(of: node, from: other)
      }
    }
    for node in world.nodes {
      for other in others(node) {
        try checkOutgoing(of: node, to: other)
        if !world.clocksWereWrong { try checkOrder(node, other) }
      }
      try checkEvents(node)
      let waiting = try node.core.outboxCount()
      guard waiting == 0 else { throw failure(.everythingSettles, "\(node.name) still has \(waiting) to send") }
    }
  }

  private func others(_ node: SimulatedNode) -> [SimulatedNode] { world.nodes.filter { $0 !== node } }

  private func texts(_ messages: [MessageView], _ direction: MessageDirection) -> [String] {
    messages.compactMap { message in
      guard message.direction == direction, case .text(let text) = message.body else { return nil }
      return text
    }
  }

  private func checkIncoming(of node: SimulatedNode, from other: SimulatedNode) throws {
    let shown = texts(try node.conversation(with: other), .incoming)
    var seen: Set<String> = []
    let said = Set(said(by: other, to: node))
    for text in shown {
      guard seen.insert(text).inserted else { throw failure(.nothingDoubled, "\(node.name) shows “\(text)” twice") }
      guard said.contains(text) else { throw failure(.nothingInvented, "\(node.name) shows “\(text)”") }
    }
    for message in try other.conversation(with: node)
    where message.direction == .outgoing && message.state != .queued && message.state != .failed {
      guard case .text(let text) = message.body, !seen.contains(text) else { continue }
      throw failure(.nothingLost, "\(node.name) does not show “\(text)”, which is \(message.state) at \(other.name)")
    }
  }

  private func checkOutgoing(of node: SimulatedNode, to other: SimulatedNode) throws {
    let messages = try node.conversation(with: other)
    let shown = texts(messages, .outgoing)
    guard shown.sorted() == said(by: node, to: other).sorted() else {
      throw failure(.nothingInvented, "\(node.name)'s own messages to \(other.name) are not what was said")
    }
    for message in messages where message.direction == .outgoing && message.state < .delivered {
      throw failure(.everythingSettles, "\(node.name)'s “\(message.body)” is still \(message.state)")
    }
    for message in messages where message.direction == .outgoing && message.state == .failed {
      throw failure(.everythingSettles, "\(node.name)'s “\(message.body)” has failed")
    }
  }

  private func checkOrder(_ node: SimulatedNode, _ other: SimulatedNode) throws {
    let here = try node.conversation(with: other).map(\.messageID)
    let there = try other.conversation(with: node).map(\.messageID)
    guard here == there else {
      throw failure(.sameOrder, "\(node.name) and \(other.name) show \(here.count) and \(there.count) messages")
    }
  }

  private func checkEvents(_ node: SimulatedNode) throws {
    var received: [Int64: Int] = [:]
    for event in try node.core.events(after: 0, limit: 100_000) where event.kind == .messageReceived {
      guard let message = event.message else { continue }
      received[message.id, default: 0] += 1
    }
    for other in others(node) {
      for message in try node.conversation(with: other) where message.direction == .incoming {
        guard received[message.id] == 1 else {
          throw failure(.oneEventEach, "\(node.name)'s message \(message.id) has \(received[message.id] ?? 0) events")
        }
      }
    }
  }

  private func said(by node: SimulatedNode, to other: SimulatedNode) -> [String] {
    world.said.filter { world.nodes[$0.from] === node && world.nodes[$0.to] === other }.map(\.text)
  }

  private func failure(_ invariant: Invariant, _ detail: String) -> SimulationFailure {
    SimulationFailure(invariant: invariant, detail: detail)
  }
}
