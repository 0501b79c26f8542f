/// A message as the conversation shows it.
package struct ChatMessage: Hashable, Sendable {
  package let id: String
  /// Who wrote it; nil for a line about the conversation.
  package let author: String?
  package let isOwn: Bool
  package let time: String
  /// How far an own message has come: `✓✓`.
  package let mark: String
  /// What it answers, on one line.
  package let quote: String?
  package let text: String
  /// Whether it has not ended, and may be answered.
  package let isHere: Bool
  /// Its words, if they can be edited on one line; nil otherwise.
  package let editable: String?

  package init(
    id: String, author: String?, isOwn: Bool, time: String, mark: String, quote: String? = nil, text: String,
    isHere: Bool = true, editable: String? = nil
  ) {
    self.editable = editable.flatMap { $0.contains("\n") || TerminalText.cleaned($0) != $0 ? nil : $0 }
    self.id = id
    self.quote = quote.map { TerminalText.cleaned($0) }
    self.isHere = isHere
    self.author = author.map { TerminalText.cleaned($0) }
    self.isOwn = isOwn
    self.time = time
    self.mark = mark
    self.text = TerminalText.cleaned(text)
  }
}

/// What a conversation on a screen is at. Pure: keys and news go in, actions come out.
package struct ChatState: Sendable {
  /// What is to be done.
  package enum Action: Hashable, Sendable {
    case send(String)
    case answer(id: String, String)
    case edit(id: String, String)
    case setTimer(String)
    case openSecretChat
    case delete(id: String, forEveryone: Bool)
    case typing(Bool)
    case quit
  }

  package let title: String
  /// As people read it: `1h after reading`, or `off`.
  package var timer: String
  package private(set) var messages: [ChatMessage] = []
  /// What is being typed, and where in it.
  package private(set) var input: [Character] = []
  package private(set) var cursor = 0
  /// The menu of the bot at the other end.
  package var offered: [ChatCommand] = []
  /// Whether a program answers, as it says itself.
  package var isBot = false
  /// One line on what has just happened.
  package var status: String
  /// Messages from the end that are below the screen.
  package private(set) var scroll = 0
  /// What is looked for.
  package private(set) var search: String?
  /// The message that the next one answers.
  package private(set) var answering: String?
  /// The message whose words are being typed anew.
  package private(set) var editing: String?
  private var history: [[Character]] = []
  private var historyPlace: Int?

  package static let help =
    "Enter send · ↑↓ history · PgUp PgDn scroll · Ctrl-R answer · Ctrl-O edit · / commands · Ctrl-C leave"
  private static let commands =
    ChatCommand.own.map { "\($0.word) \($0.summary)" }.joined(separator: " · ") + " · //text begins with a slash"

  package init(title: String, timer: String) {
    self.title = TerminalText.cleaned(title)
    self.timer = timer
    status = Self.help
  }

  /// The conversation as it is now.
  package mutating func show(_ messages: [ChatMessage]) {
    // Who has scrolled up stays where they are.
    if scroll > 0 { scroll = min(max(0, messages.count - 1), scroll + max(0, messages.count - self.messages.count)) }
    self.messages = messages
  }

  package mutating func take(_ key: ChatKey) -> Action? {
    switch key {
    case .control("c"), .control("d"): return .quit
    case .enter: return enter()
    case .escape:
      if editing != nil { (input, cursor) = ([], 0) }
      (search, scroll, status, answering, editing) = (nil, 0, Self.help, nil, nil)
    case .control("r") where editing == nil: answerOlder()
    case .control("o"): editOlder()
    case .pageUp: scroll = min(max(0, messages.count - 1), scroll + 10)
    case .pageDown: scroll = max(0, scroll - 10)
    case .up: recall(-1)
    case .down: recall(1)
    case .control("i"):
      guard cursor == input.count, let completion else { break }
      input = Array(completion)
      cursor = input.count
    default: return edit(key)
    }
    return nil
  }

  private mutating func edit(_ key: ChatKey) -> Action? {
    let wasEmpty = input.isEmpty
    switch key {
    case .character(let character):
      input.insert(character, at: cursor)
      cursor += 1
      // Marks that follow a letter become one character with it.
      let joined = Array(String(input))
      cursor -= input.count - joined.count
      input = joined
    case .backspace where cursor > 0:
      cursor -= 1
      input.remove(at: cursor)
    case .delete where cursor < input.count: input.remove(at: cursor)
    case .left: cursor = max(0, cursor - 1)
    case .right: cursor = min(input.count, cursor + 1)
    case .home, .control("a"): cursor = 0
    case .end, .control("e"): cursor = input.count
    case .control("u"):
      input.removeFirst(cursor)
      cursor = 0
    case .control("k"): input.removeLast(input.count - cursor)
    case .control("w"):
      let end = cursor
      while cursor > 0, input[cursor - 1] == " " { cursor -= 1 }
      while cursor > 0, input[cursor - 1] != " " { cursor -= 1 }
      input.removeSubrange(cursor..<end)
    default: return nil
    }
    return wasEmpty == input.isEmpty || input.first == "/" ? nil : .typing(!input.isEmpty)
  }

  private mutating func recall(_ step: Int) {
    guard !history.isEmpty else { return }
    let place = min(history.count, max(0, (historyPlace ?? history.count) + step))
    historyPlace = place
    input = place == history.count ? [] : history[place]
    cursor = input.count
  }

  private mutating func enter() -> Action? {
    let text = String(input)
    guard !text.isEmpty else { return nil }
    history.append(input)
    (input, cursor, historyPlace, scroll) = ([], 0, nil, 0)
    if let id = editing {
      (editing, status) = (nil, Self.help)
      return .edit(id: id, text)
    }
    guard text.hasPrefix("/") else { return send(text) }
    if text.hasPrefix("//") { return send(String(text.dropFirst())) }
    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
    let rest = words.count > 1 ? words[1] : ""
    switch words[0] {
    case "/timer" where !rest.isEmpty: return .setTimer(rest)
    case "/secret": return .openSecretChat
    case "/quit": return .quit
    case "/search": find(rest)
    case "/delete":
      guard let last = messages.last(where: { $0.isOwn && $0.author != nil }) else {
        status = "There is nothing of yours to delete."
        return nil
      }
      return .delete(id: last.id, forEveryone: rest == "everyone")
    case let word where offered.contains { $0.word == word }: return .send(rest.isEmpty ? word : text)
    default: status = Self.commands
    }
    return nil
  }

  private mutating func send(_ text: String) -> Action {
    defer { (answering, status) = (nil, Self.help) }
    return answering.map { .answer(id: $0, text) } ?? .send(text)
  }

  /// Chooses the newest message to be answered, and then the one before.
  private mutating func answerOlder() {
    let end = answering.flatMap { id in messages.firstIndex { $0.id == id } } ?? messages.count
    guard let target = messages[..<end].last(where: { $0.author != nil && $0.isHere }) else {
      return status = "There is nothing older to answer."
    }
    answering = target.id
    let text = target.text.split(separator: "\n").first ?? ""
    status = "Answers \(target.isOwn ? "you" : target.author ?? ""): \(text) · Ctrl-R older · Esc none"
  }

  /// Takes the words of the newest own message into the line, and then those of the one before.
  private mutating func editOlder() {
    let end = editing.flatMap { id in messages.firstIndex { $0.id == id } } ?? messages.count
    guard let target = messages[..<end].last(where: { $0.isOwn && $0.isHere && $0.editable != nil }),
      let words = target.editable
    else { return status = "There is nothing older of yours that can be edited here." }
    (editing, answering) = (target.id, nil)
    input = Array(words)
    cursor = input.count
    status = "Edits what you wrote at \(target.time) · Ctrl-O older · Esc leave it"
  }

  private mutating func find(_ word: String) {
    search = word.isEmpty ? nil : word
    guard !word.isEmpty else { return status = Self.help }
    guard let place = messages.lastIndex(where: { $0.text.lowercased().contains(word.lowercased()) }) else {
      return status = "Nothing is found in what is loaded here."
    }
    scroll = messages.count - 1 - place
    status = "Found; Esc goes back to the end."
  }
}
