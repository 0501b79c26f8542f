/// A word that begins with a slash, and what it is for.
package struct ChatCommand: Hashable, Sendable {
  /// With its slash.
  package let word: String
  package let summary: String

  package init(word: String, summary: String) {
    self.word = TerminalText.cleaned(word)
    self.summary = TerminalText.cleaned(summary)
  }

  /// What this program itself understands: a bot's command of the same name is written with two slashes.
  static let own = [
    ChatCommand(word: "/timer", summary: "1h|off"), ChatCommand(word: "/secret", summary: "a secret chat"),
    ChatCommand(word: "/search", summary: "WORD"), ChatCommand(word: "/delete", summary: "[everyone] your last"),
    ChatCommand(word: "/quit", summary: "leave"),
  ]
}

extension ChatState {
  /// The commands that begin with what is typed; nil while no command is being typed.
  var candidates: [ChatCommand]? {
    guard editing == nil, input.first == "/", !input.starts(with: "//"), !input.contains(" ") else { return nil }
    let typed = String(input)
    let ownWords = ChatCommand.own.map(\.word)
    return (offered.filter { !ownWords.contains($0.word) } + ChatCommand.own).filter { $0.word.hasPrefix(typed) }
  }

  /// One line that lists them; nil while no command is being typed.
  package var menu: String? {
    candidates.map { found in
      found.isEmpty
        ? "No such command. //text begins with a slash."
        : found.map { "\($0.word) \($0.summary)" }.joined(separator: " · ")
    }
  }

  /// What the typed beginning of a command can only go on with; nil when nothing is to be added.
  var completion: String? {
    guard let found = candidates, let first = found.first?.word else { return nil }
    guard found.count > 1 else { return first + " " }
    return found.dropFirst().reduce(first) { $0.commonPrefix(with: $1.word) }
  }
}

extension String {
  fileprivate func commonPrefix(with other: String) -> String {
    String(zip(self, other).prefix { $0 == $1 }.map(\.0))
  }
}
