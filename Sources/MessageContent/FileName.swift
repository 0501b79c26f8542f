/// Names of received files, which are whatever their sender liked (Protocol §8).
package enum FileName {
  /// What a name becomes of which nothing is left.
  package static let fallback = "file"
  /// Longer ends are not taken for an extension that is worth keeping when a name is cut.
  private static let maximumExtensionByteCount = 16

  /// A name that can be used in a folder: the last part of a path, no control characters, no directional controls, no
  /// leading dot, no dot or white space at its ends, 1 … 255 bytes. Cleaning a clean name changes nothing.
  ///
  /// Says nothing about whether the name is taken, and nothing about what is in the file.
  package static func cleaned(_ name: String) -> String {
    let parts = TextScalars.strippedName(name).split(whereSeparator: { $0 == "/" || $0 == "\\" })
    guard let last = parts.last else { return fallback }
    let trimmed = trimmed(String(last))
    guard TextScalars.isVisible(trimmed) else { return fallback }
    let shortened = shortened(trimmed)
    return TextScalars.isVisible(shortened) ? shortened : fallback
  }

  private static func trimmed(_ name: String) -> String {
    // By scalars, not characters: a dot with a combining mark is one character and still hides a file.
    TextScalars.trimmed(name.unicodeScalars) { $0 == "." || $0.properties.isWhitespace }
  }

  /// Cuts the stem and keeps the extension.
  private static func shortened(_ name: String) -> String {
    let limit = ContentLimits.fileNameByteCount
    guard name.utf8.count > limit else { return name }
    var end = ""
    if let dot = name.unicodeScalars.lastIndex(of: ".") {
      let tail = String(name.unicodeScalars[dot...])
      if tail.utf8.count <= maximumExtensionByteCount + 1 { end = tail }
    }
    let stem = String(name.unicodeScalars.dropLast(end.unicodeScalars.count))
    return trimmed(TextScalars.prefix(stem, byteCount: limit - end.utf8.count) + end)
  }
}
