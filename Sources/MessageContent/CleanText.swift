/// Text of a message: 1 … 49 152 bytes of UTF-8 without control characters other than newline and tab (Protocol §8).
///
/// Nothing is normalised and directional marks are kept. Text is cleaned where it is entered and again where it arrives,
/// because a peer's node may be another program.
package struct CleanText: Hashable, Sendable {
  package let string: String

  /// Takes out C0 (except newline and tab), DEL and C1.
  ///
  /// - Throws: ``ContentError/tooLong(field:limit:actual:)`` above 49 152 bytes,
  ///   ``ContentError/missing(_:)`` when nothing is left.
  package init(cleaning text: String) throws(ContentError) {
    try self.init(cleaning: text, field: .text)
  }

  init(cleaning text: String, field: ContentField) throws(ContentError) {
    let byteCount = text.utf8.count
    guard byteCount <= ContentLimits.textByteCount else {
      throw .tooLong(field: field, limit: ContentLimits.textByteCount, actual: byteCount)
    }
    var kept = String.UnicodeScalarView()
    for scalar in text.unicodeScalars where scalar == "\n" || scalar == "\t" || !TextScalars.isControl(scalar) {
      kept.append(scalar)
    }
    guard !kept.isEmpty else { throw .missing(field) }
    string = String(kept)
  }
}
