import ByteLayout
import MessageContent
import Vault

/// What a person looks for: every term must be in a message.
struct SearchTerms: Hashable, Sendable {
  /// Words that follow each other.
  struct Term: Hashable, Sendable {
    let words: [String]
    /// Whether each is one character of a script without blanks.
    let areSingle: [Bool]
    /// Whether the last word may go on.
    let isPrefix: Bool
  }

  let terms: [Term]

  /// Reads what somebody typed: words of which the beginning is enough, and "several words in quotes" as they stand.
  ///
  /// - Throws: ``MessagingError/emptySearch`` without a word.
  init(_ text: String) throws(MessagingError) {
    var terms: [Term] = []
    // An odd part is inside quotes, even if nobody has closed them.
    for (number, part) in text.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
      let isQuoted = !number.isMultiple(of: 2)
      let pieces = isQuoted ? [part] : part.split(whereSeparator: \.isWhitespace)
      for piece in pieces {
        let words = SearchWords.words(of: String(piece)).prefix(Self.maximumWords)
        guard let last = words.last else { continue }
        terms.append(
          Term(
            words: words.map(\.folded), areSingle: words.map(\.isSingle),
            isPrefix: !isQuoted && !last.isSingle && last.folded.unicodeScalars.count >= Self.shortestPrefix))
      }
    }
    guard !terms.isEmpty else { throw .emptySearch }
    self.terms = [Term](terms.prefix(Self.maximumWords))
  }

  /// More of them find nothing else; a bound for what one query costs.
  private static let maximumWords = 32
  private static let shortestPrefix = 2

  /// Where the first of the terms is in `text`, if all are: in its words or in those of `others`.
  func match(_ texts: [[SearchWord]]) -> (text: Int, words: Range<Int>)? {
    var first: (text: Int, words: Range<Int>)?
    for term in terms {
      var found: (text: Int, words: Range<Int>)?
      for (number, words) in texts.enumerated() where found == nil {
        if let start = term.position(in: words) { found = (number, start..<start + term.words.count) }
      }
      guard let found else { return nil }
      first = first ?? found
    }
    return first
  }
}

extension SearchTerms.Term {
  /// Where it begins among the words.
  fileprivate func position(in candidates: [SearchWord]) -> Int? {
    guard candidates.count >= words.count, let lastWord = words.last else { return nil }
    return (0...candidates.count - words.count).first { start in
      for (offset, word) in words.dropLast().enumerated() where candidates[start + offset].folded != word {
        return false
      }
      let last = candidates[start + words.count - 1].folded
      return isPrefix ? last.unicodeScalars.starts(with: lastWord.unicodeScalars) : last == lastWord
    }
  }
}

// MARK: - As the index knows them

/// What the index holds of words: the words, beginnings of them, and pairs of characters of scripts without blanks.
enum SearchIndexTerm {
  /// The beginnings that are indexed, in characters: of a longer one the longest of these finds candidates.
  static let prefixLengths = [6, 4, 3, 2]

  case word(String)
  case prefix(String)
  case pair(String)
  case conversation(Int64)
  case direction(MessageDirection)

  /// Kind u8 ‖ what it is.
  var bytes: [UInt8] {
    switch self {
    case .word(let word): [1] + word.utf8
    case .prefix(let text): [2] + text.utf8
    case .pair(let text): [3] + text.utf8
    case .conversation(let id): [4] + Self.bytes(id)
    case .direction(let direction): [5, direction.rawValue]
    }
  }

  private static func bytes(_ id: Int64) -> [UInt8] {
    var writer = LayoutWriter()
    writer.uint64(UInt64(bitPattern: id))
    return writer.bytes
  }

  /// Everything that a message with these words is found by.
  static func terms(of words: [SearchWord]) -> [SearchIndexTerm] {
    var terms: [SearchIndexTerm] = []
    for (number, word) in words.enumerated() {
      terms.append(.word(word.folded))
      if word.isSingle {
        if number > 0, words[number - 1].isSingle { terms.append(.pair(words[number - 1].folded + word.folded)) }
        continue
      }
      let scalars = word.folded.unicodeScalars
      for length in prefixLengths where scalars.count >= length {
        terms.append(.prefix(String(String.UnicodeScalarView(scalars.prefix(length)))))
      }
    }
    return terms
  }

  /// What a message must have to be looked at for a term.
  static func candidates(for term: SearchTerms.Term) -> [SearchIndexTerm] {
    var needed: [SearchIndexTerm] = []
    for (number, word) in term.words.enumerated() {
      if number > 0, term.areSingle[number], term.areSingle[number - 1] {
        needed.append(.pair(term.words[number - 1] + word))
      }
      guard term.isPrefix, number == term.words.count - 1 else {
        needed.append(.word(word))
        continue
      }
      let scalars = word.unicodeScalars
      let length = prefixLengths.first { $0 <= scalars.count } ?? scalars.count
      needed.append(.prefix(String(String.UnicodeScalarView(scalars.prefix(length)))))
    }
    return needed
  }
}
