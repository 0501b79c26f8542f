import Ambient
import Foundation
import Messaging
import Primitives

/// Texts as people write them, as far as a search notices: few words are in most messages, and most words in few.
struct Vocabulary {
  private static let size = 20_000
  private let words: [String]
  private var randomness: any PublicRandomness

  init(_ randomness: any PublicRandomness) {
    let syllables = ["ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu", "lan"]
    words = (0..<Self.size).map { number in
      var (rest, word) = (number, "")
      repeat {
        word += syllables[rest % syllables.count]
        rest /= syllables.count
      } while rest > 0 || word.utf8.count < 4
      return word
    }
    self.randomness = randomness
  }

  /// A word: that of rank r comes as often as 1/r.
  func word() -> String {
    let u = Double(randomness.number(in: 0...1_000_000)) / 1_000_000
    let rank = Int(pow(Double(Self.size), u)) - 1
    return words[min(max(0, rank), words.count - 1)]
  }

  func text(words count: Int) -> String { (0..<count).map { _ in word() }.joined(separator: " ") }
}

/// Many different searches, one after the other.
struct SearchLoad {
  let core: Messenger
  let vocabulary: Vocabulary

  /// Words, beginnings of words, two words, and phrases, in turn.
  ///
  /// - Returns: how long each took, sorted, and how many found something.
  func run(_ count: Int) throws -> (durations: [Duration], hits: Int) {
    var durations: [Duration] = []
    var hits = 0
    for number in 0..<count {
      let text =
        switch number % 4 {
        case 0: vocabulary.word()
        case 1: String(vocabulary.word().prefix(4))
        case 2: vocabulary.text(words: 2)
        default: "\"\(vocabulary.text(words: 2))\""
        }
      let start = ContinuousClock.now
      let page = try core.search(SearchQuery(text))
      durations.append(ContinuousClock.now - start)
      if !page.hits.isEmpty { hits += 1 }
    }
    return (durations.sorted(), hits)
  }
}
