import ArgumentParser
import Foundation
import NodeInterface
import NodeServer
import TerminalChat

/// `sotto chat`: a conversation that fills the terminal.
struct Chat: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Talk with a contact on the whole screen.",
    discussion: """
        sotto chat Bob
        sotto chat Bob --secret          the open secret chat with Bob

      Type and press Enter; the arrows bring back what you wrote, Page Up and Page Down scroll, Ctrl-C leaves. Ctrl-R answers \
      the newest message, pressed again the one before; Ctrl-O takes your newest into the line to edit it, and so on; Esc takes that back. /timer 1h, \
      /secret, /search WORD, /delete and /delete everyone do what they say; so do the commands of a bot. A slash lists \
      them, and Tab completes one. A text that begins with a slash is written with \
      two. ✓ is stored, ✓✓ delivered. What is on the screen counts as read.
      """)

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Flag(help: "The secret chat, instead of the ordinary one.")
  var secret = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let (name, isSecret) = (name, secret)
    try await home.withInterface { interface in
      let chat = isSecret ? try await interface.secretChat(with: name) : try await interface.chat(with: name)
      let session = ChatSession(interface: interface, name: name, chat: chat)
      guard ChatTerminal.enter() else {
        throw CommandFailure(
          .usage, "This needs a terminal.", next: "Use 'sotto send', 'sotto messages' and 'sotto receive' in scripts.")
      }
      defer { ChatTerminal.restore() }
      try await interface.whileRunning { try await session.run() }
    }
  }
}

/// What goes on between the terminal and the node.
struct ChatSession: Sendable {
  private enum Input: Sendable {
    case typed([UInt8])
    case resized
    case changed
  }

  let interface: Interface
  let name: String
  let chat: JSONValue
  private var consumer: JSONValue { .string("chat-\(getpid())") }

  init(interface: Interface, name: String, chat: JSONValue) {
    self.interface = interface
    self.name = name
    self.chat = chat
  }

  func run() async throws {
    let (inputs, input) = AsyncStream<Input>.makeStream()
    let source = ChatTerminal.listen { bytes in input.yield(bytes.map(Input.typed) ?? .resized) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        while true {
          let told = try await interface.call(
            "events.poll", ["consumer": consumer, "chats": [chat], "limit": 100, "timeoutMs": 20_000])
          guard let last = told["events"]?.array?.last?["seq"] else { continue }
          _ = try await interface.call("events.ack", ["consumer": consumer, "seq": last])
          input.yield(.changed)
        }
      }
      group.addTask { try await converse(inputs) }
      try await group.next()
      group.cancelAll()
    }
    source.cancel()
    _ = try await interface.call("events.consumers.delete", ["consumer": consumer])
  }

  private func converse(_ inputs: AsyncStream<Input>) async throws {
    let now = try await interface.call("chat.get", ["chat": chat])
    var state = ChatState(title: name, timer: TimerText.text(now["timer"]))
    var keys = ChatKeyReader()
    try await load(&state)
    draw(state)
    for await input in inputs {
      switch input {
      case .resized: break
      case .changed: try await load(&state)
      case .typed(let bytes):
        if bytes.isEmpty { return }
        for key in keys.read(bytes) {
          guard let action = state.take(key) else { continue }
          if action == .quit { return }
          do { try await perform(action, &state) } catch {
            state.status = CommandFailure(error)?.what ?? "This did not work."
          }
        }
      }
      draw(state)
    }
  }

  private func draw(_ state: ChatState) {
    let size = ChatTerminal.size()
    ChatTerminal.draw(ChatScreen(state, columns: size.columns, rows: size.rows))
  }

  private func load(_ state: inout ChatState) async throws {
    let messages = try await interface.call("message.list", ["chat": chat, "limit": 200])["messages"]?.array ?? []
    let shown = messages.map(ShownMessage.init)
    state.show(shown.map(\.chatMessage))
    let now = try await interface.call("chat.get", ["chat": chat])
    state.timer = TimerText.text(now["timer"])
    let profile = try await interface.call("contact.get", ["contact": now["contact"] ?? .null])["profile"]
    state.isBot = profile?["bot"] == true
    state.offered = (profile?["commands"]?.array ?? []).map { command in
      ChatCommand(
        word: "/" + (command["name"]?.string ?? ""), summary: command["description"]?.string ?? "")
    }
    if let last = messages.last?["message"], shown.contains(where: { !$0.isOwn && $0.readAt == nil }) {
      _ = try await interface.call("chat.markRead", ["chat": chat, "upTo": last])
    }
  }

  private func perform(_ action: ChatState.Action, _ state: inout ChatState) async throws {
    switch action {
    case .quit: return
    case .typing(let isTyping):
      let state: JSONValue = isTyping ? "started" : "stopped"
      _ = try? await interface.call("chat.typing", ["chat": chat, "state": state])  // Nobody misses it.
      return
    case .send(let text):
      _ = try await interface.call("message.send", ["chat": chat, "content": ["text": .string(text)]])
    case .answer(let id, let text):
      _ = try await interface.call(
        "message.send", ["chat": chat, "content": ["text": .string(text)], "replyTo": .string(id)])
    case .edit(let id, let text):
      _ = try await interface.call("message.edit", ["message": .string(id), "content": ["text": .string(text)]])
    case .setTimer(let time):
      _ = try await interface.call(
        "chat.setTimer", try TimerText.parameters(time, afterSend: false).merging(["chat": chat]) { $1 })
    case .openSecretChat:
      _ = try await interface.call(
        "chat.open", ["contact": try await interface.contact(named: name), "secret": true])
      state.status = "A secret chat is open: leave, and run 'sotto chat NAME --secret'."
      return
    case .delete(let id, let isForEveryone):
      _ = try await interface.call(
        "message.delete", ["messages": [.string(id)], "scope": isForEveryone ? "everyone" : "me"])
    }
    state.status = ChatState.help
    try await load(&state)
  }
}

extension ShownMessage {
  /// As the full screen shows it.
  fileprivate var chatMessage: ChatMessage {
    let lines = MessageLines(message: self).all.dropFirst(quote == nil ? 1 : 2).map { String($0.dropFirst(2)) }
    return ChatMessage(
      id: id, author: infoText == nil ? contact : nil, isOwn: isOwn,
      time: String(ShownTime.local(sentAt).dropFirst(5).dropLast(3)),
      mark: (isOwn ? mark : "") + (editedAt == nil ? "" : " edited"), quote: quote,
      text: infoText ?? lines.joined(separator: "\n"), isHere: gone == nil && viewOnce == nil,
      editable: isOwn && infoText == nil && !text.isEmpty ? text : nil)
  }
}
