/// Names that people give themselves, and which others will see beside messages.
package enum DisplayName {
  /// What a name becomes of which nothing is left.
  package static let fallback = "unnamed"

  /// A name on one line: no control characters, no directional controls, no white space at its ends, 1 … 128 bytes.
  /// Cleaning a clean name changes nothing.
  ///
  /// Does not tell apart names that look alike: whom a name belongs to, the address says.
  package static func cleaned(_ name: String) -> String {
    let trimmed = TextScalars.trimmed(TextScalars.strippedName(name)) { $0.properties.isWhitespace }
    let cut = TextScalars.prefix(trimmed, byteCount: ContentLimits.displayNameByteCount)
    let shortened = TextScalars.trimmed(cut.unicodeScalars) { $0.properties.isWhitespace }
    return TextScalars.isVisible(shortened) ? shortened : fallback
  }
}
