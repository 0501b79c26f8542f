/// Keeps the direction of foreign text to itself when it is shown between other text (Protocol §8).
///
/// Stored text keeps its directional marks. For showing, each paragraph is put between U+2068 (first strong isolate) and
/// U+2069 (pop directional isolate), and its own isolates are balanced, so that it can neither end the one around it nor
/// leave one open. What an embedding or override inside does ends with the isolate.
package enum BidirectionalIsolation {
  private static let opening: Unicode.Scalar = "\u{2068}"
  private static let closing: Unicode.Scalar = "\u{2069}"

  /// `text`, isolated, paragraph by paragraph: for terminals and pages, never for storing.
  package static func isolated(_ text: String) -> String {
    var shown = String.UnicodeScalarView()
    shown.append(opening)
    var depth = 0
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n", "\u{2029}":
        // The end of a paragraph ends all isolates: close them visibly and begin again.
        shown.append(contentsOf: repeatElement(closing, count: depth + 1))
        shown.append(scalar)
        shown.append(opening)
        depth = 0
      case "\u{2066}", "\u{2067}", "\u{2068}":
        depth += 1
        shown.append(scalar)
      case closing:
        guard depth > 0 else { continue }
        depth -= 1
        shown.append(scalar)
      default:
        shown.append(scalar)
      }
    }
    shown.append(contentsOf: repeatElement(closing, count: depth + 1))
    return String(shown)
  }
}
