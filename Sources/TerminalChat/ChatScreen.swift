/// How a conversation looks on a screen of a size.
package struct ChatScreen: Hashable, Sendable {
  package enum Style: Hashable, Sendable { case plain, bar, own, info, found }

  package struct Row: Hashable, Sendable {
    package let text: String
    package let style: Style
  }

  /// From the top; exactly as many as the screen has.
  package let rows: [Row]
  /// The column of the cursor in the last row, from 0.
  package let cursorColumn: Int

  package init(_ state: ChatState, columns: Int, rows count: Int) {
    let columns = max(10, columns)
    let count = max(4, count)
    let timer = state.timer == "off" ? "" : "  ⏱ \(state.timer)"
    let shown = state.messages.dropLast(state.scroll)
    var body: [Row] = []
    for message in shown.reversed() {
      if body.count >= count - 3 { break }
      body = Self.rows(of: message, columns, state) + body
    }
    body = Array(body.suffix(count - 3))
    body = Array(repeating: Row(text: "", style: .plain), count: count - 3 - body.count) + body
    let bot = state.isBot ? " (bot)" : ""
    let more = state.scroll > 0 ? "  ↓ \(state.scroll) more" : ""
    let typed = Self.input(state, columns)
    rows =
      [Row(text: TerminalText.cut(state.title + bot + timer, columns), style: .bar)] + body + [
        Row(text: TerminalText.cut((state.menu ?? state.status) + more, columns), style: .bar),
        Row(text: typed.text, style: .plain),
      ]
    cursorColumn = typed.column
  }

  private static func rows(of message: ChatMessage, _ columns: Int, _ state: ChatState) -> [Row] {
    guard let author = message.author else {
      return TerminalText.wrapped("— \(message.text)", columns).map { Row(text: $0, style: .info) }
    }
    let isFound =
      message.id == (state.answering ?? state.editing)
      || state.search.map { message.text.lowercased().contains($0.lowercased()) } ?? false
    let style: Style = isFound ? .found : message.isOwn ? .own : .plain
    let heading = "\(message.time) \(message.isOwn ? "you" : author) \(message.mark)"
    return [heading, message.quote.map { "  " + $0 }].compactMap(\.self)
      .map { Row(text: TerminalText.cut($0, columns), style: .info) }
      + TerminalText.wrapped(message.text, columns - 2).map { Row(text: "  " + $0, style: style) }
  }

  /// What is typed, as far as it fits with the cursor in it.
  private static func input(_ state: ChatState, _ columns: Int) -> (text: String, column: Int) {
    var start = 0
    while TerminalText.width(state.input[start..<state.cursor]) > columns - 4 { start += 1 }
    let text = TerminalText.cut("> " + String(state.input[start...]), columns)
    return (text, 2 + TerminalText.width(state.input[start..<state.cursor]))
  }
}
