import Foundation

/// A word of a text, as searching compares it.
package struct SearchWord: Hashable, Sendable {
  /// NFKD without diacritics, in one case.
  package let folded: String
  /// Where it is in the text.
  package let range: Range<String.Index>
  /// A character of a script that puts no blanks between words: a word by itself.
  package let isSingle: Bool
}

/// What the words of a text are, for finding it again. The rules have a version: an index that was made by others is made
/// anew.
package enum SearchWords {
  /// Changes with every rule here, and with the Unicode tables that they rest on.
  package static let version: Int64 = 1

  /// The words of a text in their order.
  ///
  /// A word is a run of letters, digits and marks. Chinese, Japanese, Thai, Lao, Burmese and Khmer put no blanks between
  /// words, so that each of their characters is one.
  package static func words(of text: String) -> [SearchWord] {
    var words: [SearchWord] = []
    let scalars = text.unicodeScalars
    var start: String.Index?
    func finish(at end: String.Index) {
      if let begin = start { append(text, begin..<end, isSingle: false, to: &words) }
      start = nil
    }
    var index = scalars.startIndex
    while index < scalars.endIndex {
      let scalar = scalars[index]
      let next = scalars.index(after: index)
      if !isPartOfWord(scalar) {
        finish(at: index)
      } else if standsAlone(scalar) {
        finish(at: index)
        append(text, index..<next, isSingle: true, to: &words)
      } else if start == nil {
        start = index
      }
      index = next
    }
    finish(at: scalars.endIndex)
    return words
  }

  /// A piece of text as it is compared: compatibility forms and diacritics do not count, and neither does case.
  package static func folded(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
    var kept = String.UnicodeScalarView()
    for scalar in text.decomposedStringWithCompatibilityMapping.unicodeScalars
    where !(0x0300...0x036f).contains(scalar.value) && isPartOfWord(scalar) {
      kept.append(scalar)
    }
    // Both ways, because ß has no other way to ss, nor ς to σ.
    return String(kept).uppercased().lowercased()
  }

  private static func append(
    _ text: String, _ range: Range<String.Index>, isSingle: Bool, to words: inout [SearchWord]
  ) {
    let folded = folded(String(text[range]))
    if !folded.isEmpty { words.append(SearchWord(folded: folded, range: range, isSingle: isSingle)) }
  }

  private static func isPartOfWord(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return (0x30...0x39).contains(scalar.value) || (0x41...0x5a).contains(scalar.value)
        || (0x61...0x7a).contains(scalar.value)
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
      .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .enclosingMark:
      return true
    default: return false
    }
  }

  private static func standsAlone(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x0e00: false
    case 0x0e00...0x0eff, 0x1000...0x109f, 0x1780...0x17ff, 0x3040...0x30ff, 0x31f0...0x31ff: true
    default: scalar.properties.isIdeographic
    }
  }
}
