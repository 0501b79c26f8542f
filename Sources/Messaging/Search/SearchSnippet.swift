/// The part of a text around what was found, made when it is shown and never stored.
package struct SearchSnippet: Hashable, Sendable {
  /// Characters on each side of what was found.
  private static let context = 40
  /// Characters of what was found that are shown.
  private static let longestMatch = 80

  package let before: String
  package let match: String
  package let after: String
  /// Whether text was left out on this side.
  package let isCutBefore: Bool
  package let isCutAfter: Bool

  init(_ text: String, around range: Range<String.Index>) {
    let start = text.index(range.lowerBound, offsetBy: -Self.context, limitedBy: text.startIndex) ?? text.startIndex
    let matchEnd =
      text.index(range.lowerBound, offsetBy: Self.longestMatch, limitedBy: range.upperBound) ?? range.upperBound
    let end = text.index(matchEnd, offsetBy: Self.context, limitedBy: text.endIndex) ?? text.endIndex
    before = String(text[start..<range.lowerBound])
    match = String(text[range.lowerBound..<matchEnd])
    after = String(text[matchEnd..<end])
    isCutBefore = start > text.startIndex
    isCutAfter = end < text.endIndex
  }

  /// On one line.
  package var text: String {
    let line = (before + match + after).split(whereSeparator: \.isNewline).joined(separator: " ")
    return (isCutBefore ? "…" : "") + line + (isCutAfter ? "…" : "")
  }
}
