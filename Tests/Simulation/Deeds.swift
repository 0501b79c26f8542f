import ByteLayout
import Messaging
import Vault

/// What was said, in other words.
enum EditedText {
  static let mark = ", edited in step "

  /// As it was said first.
  static func original(_ text: String) -> String {
    text.firstRange(of: mark).map { String(text[..<$0.lowerBound]) } ?? text
  }
}

/// What people do in a simulation beside writing: view-once messages, taking messages back, editing them, secret chats.
extension World {
  /// What somebody said in a secret chat.
  struct Whispered {
    let text: String
    let chat: FixedBytes<16>
    let from: Int
  }

  /// Does one of them, if there is somebody to do it with.
  func deed(_ index: Int) throws {
    guard deedsAreDone, let to = dice.pick(nodes.indices.filter { $0 != index }),
      let contact = try nodes[index].contact(nodes[to])
    else { return }
    switch dice.roll(11) {
    case 0...1:
      note(.viewOnce)
      try say(index, to: to, contact, options: SendOptions(isViewOnce: true))
    case 2...3: try open(index, from: to)
    case 4: try takeBack(index, from: to)
    case 5: try openSecretChat(index, contact)
    case 6...7: try whisper(index, contact)
    case 8...9: try edit(index, to: to)
    default: try closeSecretChat(index, contact)
    }
  }

  /// Opens something that may be opened once; whoever gets to see it a second time breaks an invariant.
  private func open(_ index: Int, from: Int) throws {
    let node = nodes[index]
    for message in try node.conversation(with: nodes[from]) where message.direction == .incoming {
      guard case .viewOnce = message.body else { continue }
      note(.viewOnceOpened)
      guard case .text(let text) = try node.core.openViewOnce(message.id) else { continue }
      guard said.contains(where: { $0.text == text && $0.from == from && $0.to == index }) else {
        throw SimulationFailure(invariant: .nothingInvented, detail: "\(node.name) opened “\(text)”")
      }
      guard openedOnce.insert(text).inserted else {
        throw SimulationFailure(invariant: .openedOnce, detail: "\(node.name) opened “\(text)” twice")
      }
      return
    }
  }

  private func takeBack(_ index: Int, from other: Int) throws {
    let own = try nodes[index].conversation(with: nodes[other]).filter { $0.direction == .outgoing && $0.canBeCompared }
    guard let message = dice.pick(own) else { return }
    note(.takenBack)
    try nodes[index].core.deleteForEveryone([message.id])
  }

  /// Puts other words behind what was said, by which it is still known.
  private func edit(_ index: Int, to other: Int) throws {
    let own = try nodes[index].conversation(with: nodes[other]).filter { $0.direction == .outgoing }
    guard let message = dice.pick(own), case .text(let text) = message.body else { return }
    do {
      _ = try nodes[index].core.edit(message.id, text: "\(EditedText.original(text))\(EditedText.mark)\(step)")
      note(.edited)
    } catch MessagingError.editWindowClosed { tell("too late to edit it") } catch MessagingError.tooManyEdits {
      tell("it was edited often enough")
    }
  }

  private func openSecretChat(_ index: Int, _ contact: ContactSummary) throws {
    guard try nodes[index].core.secretChats(with: contact.id).count < 3 else { return }
    do {
      _ = try nodes[index].core.openSecretChat(with: contact.id)
      note(.secretChat)
    } catch MessagingError.secretChatUnavailable { tell("not yet: the contact has not answered") }
  }

  private func whisper(_ index: Int, _ contact: ContactSummary) throws {
    let open = try nodes[index].core.secretChats(with: contact.id).filter { !$0.isClosed }
    guard let chat = dice.pick(open) else { return }
    let text = "\(nodes[index].name) whispers, \(step)"
    tell(text)
    whispered.append(Whispered(text: text, chat: chat.chatID, from: index))
    _ = try nodes[index].core.send(
      text: text, file: nil, to: contact.id, options: SendOptions(chat: chat.conversation))
  }

  private func closeSecretChat(_ index: Int, _ contact: ContactSummary) throws {
    guard dice.oneIn(2), let chat = dice.pick(try nodes[index].core.secretChats(with: contact.id)), !chat.isClosed
    else { return }
    note(.secretChatClosed)
    try nodes[index].core.closeSecretChat(chat.conversation)
  }
}
