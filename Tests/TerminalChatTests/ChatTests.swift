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
