import ByteLayout
import Messaging
import SecretMemory
import TestSupport
import Vault

/// Looks at the invariants once nothing moves any more.
struct Verdict {
  let world: World

  /// Whether every message has reached its last state.
  func isQuiet() throws -> Bool {
    try world.nodes.allSatisfy { node in
      try others(node).allSatisfy { other in
        guard !world.isExcused(node, other) else { return try !missesGoodbye(of: node, to: other) }
        guard try DeedsVerdict(world: world).edited(by: node, butNotAt: other) == nil else { return false }
        return try node.conversation(with: other).allSatisfy {
          $0.direction == .incoming || $0.state >= .delivered || $0.isInfo || !owesArrival($0)
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
        try checkExpiry(node, other)
        guard !world.isExcused(node, other) else {
          try checkGoodbye(of: node, to: other)
          continue
        }
        try checkOutgoing(of: node, to: other)
        try checkTimers(node, other)
        if !world.clocksWereWrong { try checkOrder(node, other) }
      }
      try checkEvents(node)
      let waiting = try node.core.outboxCount()
      guard waiting == 0 else {
        throw failure(.everythingSettles, "\(node.name) still has \(waiting) to send")
      }
    }
  }

  private func others(_ node: SimulatedNode) -> [SimulatedNode] { world.nodes.filter { $0 !== node } }

  private func texts(_ messages: [MessageView], _ direction: MessageDirection) -> [String] {
    messages.compactMap { message in
      guard message.direction == direction, case .text(let text) = message.body else { return nil }
      return EditedText.original(text)
    }
  }

  private func checkIncoming(of node: SimulatedNode, from other: SimulatedNode) throws {
    let conversation = try node.conversation(with: other).filter { $0.direction == .incoming && !$0.isInfo }
    var seen: Set<String> = []
    let said = Set(said(by: other, to: node))
    for text in texts(conversation, .incoming) {
      guard seen.insert(text).inserted else { throw failure(.nothingDoubled, "\(node.name) shows “\(text)” twice") }
      guard said.contains(text) else { throw failure(.nothingInvented, "\(node.name) shows “\(text)”") }
    }
    guard !world.isExcused(node, other) else { return }
    let known = Set(conversation.map(\.messageID))
    for message in try other.conversation(with: node)
    where message.direction == .outgoing && !message.isInfo && message.state != .queued && message.state != .failed {
      guard !message.isGone, !known.contains(message.messageID) else { continue }
      throw failure(
        .nothingLost, "\(node.name) does not show “\(message.body)”, which is \(message.state) at \(other.name)")
    }
  }

  /// Whatever a restored vault has lost: what a relay took from it afterwards is there. A vault of before two people knew
  /// each other has nothing but an invite that is spent: its messages wait for a new one, and two such vaults for each other.
  private func checkGoodbye(of node: SimulatedNode, to other: SimulatedNode) throws {
    guard try missesGoodbye(of: node, to: other) else { return }
    throw failure(.nothingLost, "\(other.name) does not show \(node.name)'s goodbye after a vault was restored")
  }

  private func missesGoodbye(of node: SimulatedNode, to other: SimulatedNode) throws -> Bool {
    guard !(world.isRestored(node) && world.isRestored(other)) else { return false }
    let text = "\(node.name) to \(other.name), goodbye"
    let wasTaken = try node.conversation(with: other).contains {
      $0.direction == .outgoing && $0.body == .text(text) && $0.state != .queued && $0.state != .failed
    }
    guard wasTaken, try !hasForgotten(other, node) else { return false }
    return try !other.conversation(with: node).contains { $0.body == .text(text) || $0.isGone }
  }

  /// Whether a restored vault is of before the two knew each other, or of before it was answered, and cannot get to know
  /// the other side again: it has forgotten the invite, or the other side has had its answer and does not introduce itself
  /// any more, and the invite is spent. What that side writes it cannot read. Only a new invite helps.
  private func hasForgotten(_ node: SimulatedNode, _ other: SimulatedNode) throws -> Bool {
    guard world.isRestored(node), let here = try other.contact(node) else { return false }
    if let contact = try node.contact(other) {
      let isAnswered = try node.vault.read { try $0.theirSlotSecret(contactID: contact.id) != nil }
      guard !isAnswered else { return false }
    }
    let token: [UInt8]? = try other.vault.read { transaction in
      guard try transaction.theirSlotSecret(contactID: here.id) == nil else { return nil }
      return try transaction.inviteToken(contactID: here.id)?.bytes
    }
    guard let token else { return true }
    return try node.vault.read { transaction in
      try transaction.invite(tokenHash: transaction.lookup(label: "invite token", token)) == nil
    }
  }

  private func checkOutgoing(of node: SimulatedNode, to other: SimulatedNode) throws {
    let messages = try node.conversation(with: other).filter { $0.direction == .outgoing && !$0.isInfo }
    let said = Set(said(by: node, to: other))
    guard texts(messages, .outgoing).allSatisfy(said.contains), messages.count == said.count else {
      throw failure(.nothingInvented, "\(node.name)'s own messages to \(other.name) are not what was said")
    }
    for message in messages where owesArrival(message) {
      guard message.state >= .delivered else {
        throw failure(.everythingSettles, "\(node.name)'s “\(message.body)” is still \(message.state)")
      }
      guard message.state != .failed else {
        throw failure(.everythingSettles, "\(node.name)'s “\(message.body)” has failed")
      }
    }
  }

  /// Whether a message must have arrived at the end. What is gone need not, and what a clock that was wrong took for over
  /// when it came leaves no receipt.
  private func owesArrival(_ message: MessageView) -> Bool {
    !message.isGone && !(world.clocksWereWrong && message.goneAt != nil)
  }

  /// A clock that was right at the end has nothing left to end.
  private func checkExpiry(_ node: SimulatedNode, _ other: SimulatedNode) throws {
    for message in try node.conversation(with: other) {
      if let end = message.goneAt, end <= node.clock.now() {
        throw failure(.expiredIsGone, "\(node.name) still has “\(message.body)”")
      }
    }
  }

  private func checkTimers(_ node: SimulatedNode, _ other: SimulatedNode) throws {
    guard let here = try node.contact(other), let there = try other.contact(node) else { return }
    let (mine, theirs) = (try node.core.timer(with: here.id), try other.core.timer(with: there.id))
    guard mine.setting == theirs.setting else {
      throw failure(.sameTimer, "\(node.name) has \(mine), \(other.name) has \(theirs)")
    }
  }

  private func checkOrder(_ node: SimulatedNode, _ other: SimulatedNode) throws {
    let here = try node.conversation(with: other).filter(\.canBeCompared).map(\.messageID)
    let there = try other.conversation(with: node).filter(\.canBeCompared).map(\.messageID)
    let common = Set(here).intersection(there)
    guard here.filter(common.contains) == there.filter(common.contains) else {
      throw failure(.sameOrder, "\(node.name) and \(other.name), \(common.count) messages that both show")
    }
  }

  private func checkEvents(_ node: SimulatedNode) throws {
    var received: [Int64: Int] = [:]
    for event in try node.core.events(after: 0, limit: 100_000) where event.kind == .messageReceived {
      guard let message = event.message else { continue }
      received[message.id, default: 0] += 1
    }
    for other in others(node) where !world.isExcused(node, other) {
      for message in try node.conversation(with: other)
      where message.direction == .incoming && !message.isInfo && !message.isGone {
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

extension SecretBytes {
  /// For an invite's token, which is told to others anyway.
  fileprivate var bytes: [UInt8] {
    withBytes { span in (0..<span.byteCount).map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } }
  }
}

extension MessageView {
  var isInfo: Bool { if case .info = body { true } else { false } }
  var isGone: Bool { if case .gone = body { true } else { false } }
  /// What is gone on one side only may still be there on the other: each began to read at its own time.
  var canBeCompared: Bool { !isInfo && !isGone }
}
