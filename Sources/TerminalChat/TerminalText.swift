/// Text for the cells of a terminal.
package enum TerminalText {
  /// Foreign text without anything that moves a cursor, changes a colour or turns the direction of writing around.
  package static func cleaned(_ text: String) -> String {
    var kept = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x0a: kept.append(scalar)
      case 0x09: kept.append(" ")
      case 0..<0x20, 0x7f...0x9f, 0x61c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff: continue
      default: kept.append(scalar)
      }
    }
    return String(kept)
  }

  /// How many cells a character takes: 0, 1 or 2.
  package static func width(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    if first.properties.isEmojiPresentation || character.unicodeScalars.contains(where: { $0.value == 0xfe0f }) {
      return 2
    }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .control, .format: return 0
    default: break
    }
    switch first.value {
    case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
      0xffe0...0xffe6, 0x20000...0x3fffd:
      return 2
    default: return 1
    }
  }

  package static func width(_ text: some Sequence<Character>) -> Int { text.reduce(0) { $0 + width($1) } }

  /// The beginning of a text that fits.
  package static func cut(_ text: String, _ columns: Int) -> String {
    var (kept, used) = ("", 0)
    for character in text {
      used += width(character)
      if used > columns { break }
      kept.append(character)
    }
    return kept
  }

  /// The rows that a text takes, broken at spaces where there are some.
  package static func wrapped(_ text: String, _ columns: Int) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph -> [String] in
      var rows: [String] = []
      var rest = paragraph
      while width(rest) > columns {
        let head = cut(String(rest), max(2, columns))
        var end = rest.index(rest.startIndex, offsetBy: max(1, head.count))
        if let space = rest[..<end].lastIndex(of: " "), space > rest.startIndex { end = rest.index(after: space) }
        rows.append(String(rest[..<end]))
        rest = rest[end...]
      }
      return rows + [String(rest)]
    }
  }
}
