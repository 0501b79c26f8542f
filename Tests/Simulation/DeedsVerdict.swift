import ByteLayout
import Messaging
import Vault

/// What must hold of view-once messages, of what was taken back, and of secret chats.
struct DeedsVerdict {
  let world: World

  /// - Throws: ``SimulationFailure``.
  func check() throws {
    for node in world.nodes {
      for other in world.nodes where other !== node {
        guard !world.isExcused(node, other) else { continue }
        try checkTakenBack(by: node, from: other)
        if let message = try edited(by: node, butNotAt: other) {
          throw SimulationFailure(
            invariant: .editsAgree, detail: "\(other.name) does not show “\(message.body)” of \(node.name)")
        }
        try checkSecretChats(node, other)
      }
      try checkOpened(by: node)
    }
  }

  /// What was opened cannot be read: not by opening it again, and not in the conversation.
  private func checkOpened(by node: SimulatedNode) throws {
    for other in world.nodes where other !== node {
      for message in try node.conversation(with: other) {
        switch message.body {
        case .gone(.viewed) where message.direction == .incoming:
          do {
            _ = try node.core.openViewOnce(message.id)
            throw SimulationFailure(invariant: .openedOnce, detail: "\(node.name) opens message \(message.id) again")
          } catch is MessagingError { continue }
        case .text(let text) where world.openedOnce.contains(text):
          throw SimulationFailure(invariant: .openedOnce, detail: "\(node.name) still shows “\(text)”")
        default: continue
        }
      }
    }
  }

  /// What one side has deleted for everyone is not shown by the other.
  private func checkTakenBack(by node: SimulatedNode, from other: SimulatedNode) throws {
    var takenBack: Set<FixedBytes<16>> = []
    for message in try node.conversation(with: other) where message.direction == .outgoing {
      if case .gone(.deleted) = message.body, !message.messageID.isZero { takenBack.insert(message.messageID) }
    }
    for message in try other.conversation(with: node) where takenBack.contains(message.messageID) && !message.isGone {
      throw SimulationFailure(
        invariant: .takenBackIsGone, detail: "\(other.name) still shows what \(node.name) took back")
    }
  }

  /// A message whose words are not the same on both sides, or are said to be edited another number of times.
  func edited(by node: SimulatedNode, butNotAt other: SimulatedNode) throws -> MessageView? {
    let theirs = Dictionary(
      try other.conversation(with: node).filter { $0.direction == .incoming && $0.canBeCompared }
        .map { ($0.messageID, $0) }, uniquingKeysWith: { first, _ in first })
    return try node.conversation(with: other).first { message in
      guard message.direction == .outgoing, message.canBeCompared, case .text = message.body,
        let theirs = theirs[message.messageID]
      else { return false }
      return theirs.body != message.body || theirs.edit?.revision != message.edit?.revision
    }
  }

  private func checkSecretChats(_ node: SimulatedNode, _ other: SimulatedNode) throws {
    guard let here = try node.contact(other), let there = try other.contact(node) else { return }
    let theirs = try other.core.secretChats(with: there.id)
    for chat in try node.core.secretChats(with: here.id) {
      func fail(_ what: String) -> SimulationFailure {
        SimulationFailure(invariant: .secretChatsAgree, detail: "\(node.name) and \(other.name): \(what)")
      }
      guard let same = theirs.first(where: { $0.chatID == chat.chatID }) else { throw fail("one has no such chat") }
      guard same.isClosed == chat.isClosed else { throw fail("one thinks it open") }
      let here = try node.core.messages(conversation: chat.conversation)
      let shown = texts(here)
      if chat.isClosed {
        guard shown.isEmpty else { throw fail("closed, and “\(shown[0])” is there") }
        continue
      }
      guard same.key == chat.key else { throw fail("two pictures") }
      let timers = (
        try node.core.timer(conversation: chat.conversation), try other.core.timer(conversation: same.conversation)
      )
      guard timers.0.setting == timers.1.setting else { throw fail("two timers") }
      guard Set(shown).count == shown.count else { throw fail("one shows something twice: \(shown)") }
      // What one side still shows, the other has or had: its time began when it was sent, or read, on each side.
      let known = Set(here.map(\.messageID))
      for message in try other.core.messages(conversation: same.conversation) where message.canBeCompared {
        guard known.contains(message.messageID) else { throw fail("one never had “\(message.body)”") }
      }
      let words = Set(world.whispered.filter { $0.chat == chat.chatID }.map(\.text))
      guard Set(shown).isSubset(of: words) else { throw fail("somebody shows what nobody said") }
    }
  }

  private func texts(_ messages: [MessageView]) -> [String] {
    messages.compactMap { message in
      guard case .text(let text) = message.body else { return nil }
      return text
    }
  }
}
