/// Which Unicode scalars are taken out of text and names.
enum TextScalars {
  /// C0, DEL and C1: U+0000 … U+001F, U+007F … U+009F. A terminal obeys them, a reader sees nothing.
  static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
  }

  /// The scalars that change the direction of what follows: marks, embeddings, overrides, isolates.
  static func isBidirectionalControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x061c, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: true
    default: false
    }
  }

  /// Line and paragraph separators, zero-width space, word joiner, byte order mark: they split or hide parts of a name.
  static func isHiddenInNames(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x200b, 0x2028, 0x2029, 0x2060, 0xfeff: true
    default: false
    }
  }

  /// `name` without controls of any of the kinds above.
  static func strippedName(_ name: some StringProtocol) -> String.UnicodeScalarView {
    var kept = String.UnicodeScalarView()
    for scalar in name.unicodeScalars
    where !isControl(scalar) && !isBidirectionalControl(scalar) && !isHiddenInNames(scalar) {
      kept.append(scalar)
    }
    return kept
  }

  /// Whether there is anything to see.
  static func isVisible(_ text: some StringProtocol) -> Bool {
    text.unicodeScalars.contains { !$0.properties.isWhitespace && !$0.properties.isDefaultIgnorableCodePoint }
  }

  /// `text` without the scalars at both ends that `shouldTrim` names.
  static func trimmed(_ text: String.UnicodeScalarView, _ shouldTrim: (Unicode.Scalar) -> Bool) -> String {
    var rest = text[...]
    while let first = rest.first, shouldTrim(first) { rest.removeFirst() }
    while let last = rest.last, shouldTrim(last) { rest.removeLast() }
    return String(rest)
  }

  /// The longest start of `text` of at most `limit` bytes, whole characters if it begins with one that fits.
  static func prefix(_ text: String, byteCount limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    let characters = taken(from: text, limit: limit) { $0.utf8.count }
    if !characters.isEmpty { return String(characters) }
    return String(String.UnicodeScalarView(taken(from: text.unicodeScalars, limit: limit) { UTF8.width($0) }))
  }

  private static func taken<Text: Collection>(
    from text: Text, limit: Int, byteCount: (Text.Element) -> Int
  ) -> Text.SubSequence {
    var end = text.startIndex
    var used = 0
    while end < text.endIndex {
      used += byteCount(text[end])
      guard used <= limit else { break }
      end = text.index(after: end)
    }
    return text[..<end]
  }
}
