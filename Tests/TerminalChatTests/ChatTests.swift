import TerminalChat
import Testing

@Suite struct `A conversation on a screen` {
  private func state(_ texts: [String] = []) -> ChatState {
    var state = ChatState(title: "Bob", timer: "off")
    state.show(
      texts.enumerated().map { number, text in
        ChatMessage(
          id: "ms_\(number)", author: number % 2 == 0 ? "Bob" : "me", isOwn: number % 2 == 1, time: "12:00", mark: "✓",
          text: text)
      })
    return state
  }

  private func type(_ text: String, _ state: inout ChatState) -> [ChatState.Action] {
    var reader = ChatKeyReader()
    return reader.read(text.utf8).compactMap { state.take($0) }
  }

  @Test func `typed text is sent, and comes back with the arrow`() {
    var state = state()
    #expect(type("Grüezi 🌊\r", &state) == [.typing(true), .send("Grüezi 🌊")])
    #expect(state.input.isEmpty)
    _ = type("\u{1b}[A", &state)
    #expect(String(state.input) == "Grüezi 🌊" && state.cursor == 8)
  }

  @Test func `editing moves by characters and words`() {
    var state = state()
    _ = type("one two\u{1b}[D\u{1b}[D\u{7f}\u{1}>\u{5}!", &state)
    #expect(String(state.input) == ">one wo!")
    _ = type("\u{17}", &state)
    #expect(String(state.input) == ">one ")
    _ = type("e\u{301}", &state)
    #expect(state.input.count == 6, "a mark joins its letter")
  }

  @Test func `a key that comes in pieces is one key`() {
    var reader = ChatKeyReader()
    let wave = Array("🌊".utf8)
    #expect(reader.read(wave[..<2]).isEmpty)
    #expect(reader.read(wave[2...]) == [.character("🌊")])
    #expect(reader.read([0xff, 0x41]) == [.character("A")], "what is no UTF-8 is passed over")
  }

  @Test func `commands become actions`() {
    var state = state(["hello", "mine"])
    #expect(type("/timer 1h\r", &state) == [.setTimer("1h")])
    #expect(type("/secret\r", &state) == [.openSecretChat])
    #expect(type("/delete everyone\r", &state) == [.delete(id: "ms_1", forEveryone: true)])
    #expect(type("//x\r", &state) == [.send("/x")])
    #expect(type("\u{3}", &state) == [.quit])
    #expect(type("/nonsense\r", &state).isEmpty && state.status.contains("/timer"))
  }

  @Test func `a slash lists the commands, Tab completes one, and a bot's are sent`() {
    var state = state()
    state.isBot = true
    state.offered = [
      ChatCommand(word: "/help", summary: "what\u{1b}[31m I do"), ChatCommand(word: "/hello", summary: "greets"),
      ChatCommand(word: "/timer", summary: "hides the program's own"),
    ]
    #expect(state.menu == nil)
    _ = type("/", &state)
    #expect(state.menu?.hasPrefix("/help what[31m I do · /hello greets · /timer 1h|off") == true)
    #expect(ChatScreen(state, columns: 80, rows: 10).rows[8].text.hasPrefix("/help what"))
    #expect(ChatScreen(state, columns: 80, rows: 10).rows[0].text == "Bob (bot)")
    _ = type("h\t", &state)
    #expect(String(state.input) == "/hel" && state.menu == "/help what[31m I do · /hello greets")
    _ = type("p\t", &state)
    #expect(String(state.input) == "/help " && state.menu == nil)
    #expect(type("\r", &state) == [.send("/help")])
    #expect(type("/hello you\r", &state) == [.send("/hello you")])
    #expect(type("/timer 1h\r", &state) == [.setTimer("1h")], "the program's own come first")
    #expect(type("/x\t\r", &state).isEmpty && state.status.contains("/timer"))
    _ = type("//h", &state)
    #expect(state.menu == nil)
  }

  @Test func `Ctrl-R chooses what the next text answers, from the newest on, and Esc takes it back`() {
    var state = state(["hello", "mine", "again"])
    #expect(type("\u{12}", &state).isEmpty && state.answering == "ms_2")
    #expect(state.status.hasPrefix("Answers Bob: again"))
    #expect(ChatScreen(state, columns: 80, rows: 24).rows.contains { $0.text == "  again" && $0.style == .found })
    _ = type("\u{12}", &state)
    #expect(state.answering == "ms_1" && state.status.hasPrefix("Answers you: mine"))
    #expect(type("yes\r", &state) == [.typing(true), .answer(id: "ms_1", "yes")])
    #expect(type("and\r", &state) == [.typing(true), .send("and")], "one text only")
    _ = type("\u{12}\u{1b}", &state)
    #expect(state.answering == nil)
    _ = type("\u{12}\u{12}\u{12}\u{12}", &state)
    #expect(state.answering == "ms_0" && state.status.contains("nothing older"))
    state.show([
      ChatMessage(id: "ms_9", author: "Bob", isOwn: false, time: "", mark: "", text: "(deleted)", isHere: false)
    ])
    _ = type("\u{1b}\u{12}", &state)
    #expect(state.answering == nil, "what has ended is not answered")
  }

  @Test func `Ctrl-O takes what one wrote into the line, Enter edits it, and Esc leaves it`() {
    var state = state()
    state.show([
      ChatMessage(
        id: "ms_1", author: "Bob", isOwn: true, time: "11:59", mark: "", text: "/old", editable: "/old"),
      ChatMessage(
        id: "ms_2", author: "Bob", isOwn: true, time: "12:00", mark: "", text: "helo", editable: "helo"),
      ChatMessage(
        id: "ms_3", author: "Bob", isOwn: true, time: "12:01", mark: "", text: "a\nb", editable: "a\nb"),
      ChatMessage(id: "ms_4", author: "Bob", isOwn: false, time: "12:02", mark: "", text: "theirs", editable: nil),
    ])
    _ = type("\u{f}", &state)
    #expect(state.editing == "ms_2" && String(state.input) == "helo" && state.status.contains("12:00"))
    #expect(type("\u{7f}lo\r", &state).last == .edit(id: "ms_2", "hello"))
    #expect(state.editing == nil && state.input.isEmpty)
    _ = type("\u{f}\u{f}", &state)
    #expect(state.editing == "ms_1" && state.menu == nil, "a text that begins with a slash is no command here")
    #expect(type("!\r", &state).last == .edit(id: "ms_1", "/old!"))
    _ = type("\u{f}\u{1b}", &state)
    #expect(state.editing == nil && state.input.isEmpty)
    _ = type("\u{f}\u{f}\u{f}", &state)
    #expect(state.editing == "ms_1" && state.status.contains("nothing older"))
  }

  @Test func `what a message answers stands above it, on one line`() {
    var state = state()
    state.show([
      ChatMessage(
        id: "ms_1", author: "Bob", isOwn: false, time: "12:00", mark: "", quote: "↳ you: red \u{1b}[31m", text: "no")
    ])
    let rows = ChatScreen(state, columns: 80, rows: 10).rows.map(\.text)
    #expect(rows.suffix(5).prefix(3) == ["12:00 Bob ", "  ↳ you: red [31m", "  no"])
  }

  @Test func `the screen has its size, and nothing of a peer moves the cursor`() {
    let state = state(["red \u{1b}[31m\u{202e}text\u{7}", String(repeating: "ä🌊", count: 40)])
    for (columns, count) in [(20, 8), (80, 24), (10, 4)] {
      let screen = ChatScreen(state, columns: columns, rows: count)
      #expect(screen.rows.count == count)
      #expect(screen.rows.allSatisfy { TerminalText.width($0.text) <= columns })
      #expect(screen.rows.allSatisfy { row in row.text.unicodeScalars.allSatisfy { $0.value >= 0x20 } })
    }
    let screen = ChatScreen(state, columns: 80, rows: 24)
    #expect(screen.rows.contains { $0.text == "  red [31mtext" })
  }

  @Test func `scrolling and searching show what is older`() {
    var state = state((0..<50).map { "line \($0)" })
    #expect(ChatScreen(state, columns: 40, rows: 10).rows.contains { $0.text.contains("line 49") })
    _ = type("\u{1b}[5~", &state)
    #expect(!ChatScreen(state, columns: 40, rows: 10).rows.contains { $0.text.contains("line 49") })
    _ = type("/search line 7\r", &state)
    #expect(ChatScreen(state, columns: 40, rows: 10).rows.contains { $0.text == "  line 7" && $0.style == .found })
    _ = type("\u{1b}", &state)
    #expect(state.scroll == 0)
  }
}
