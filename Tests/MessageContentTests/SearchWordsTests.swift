import MessageContent
import Testing

@Suite struct `Words to search by` {
  @Test(arguments: [
    ("Hello, World!", ["hello", "world"]), ("don't", ["don", "t"]), ("  ", []), ("", []), ("…—🙂", []),
    ("Zürich ZÜRICH zu\u{308}rich", ["zurich", "zurich", "zurich"]), ("Straße STRASSE", ["strasse", "strasse"]),
    ("ΟΔΟΣ οδος οδός", ["οδοσ", "οδοσ", "οδοσ"]), ("ﬁsh", ["fish"]), ("ＡＢＣ１", ["abc1"]),
    ("привет МИР", ["привет", "мир"]), ("2026-11-23", ["2026", "11", "23"]), ("a_b", ["a", "b"]),
    ("東京へ行く", ["東", "京", "へ", "行", "く"]), ("iPhone手机", ["iphone", "手", "机"]),
  ])
  func `are folded alike whatever their case, accents and form`(text: String, words: [String]) {
    #expect(SearchWords.words(of: text).map(\.folded) == words)
  }

  @Test func `say where in the text they are`() {
    let text = "Grüezi, Zürich!"
    #expect(SearchWords.words(of: text).map { String(text[$0.range]) } == ["Grüezi", "Zürich"])
  }

  @Test func `never hold anything but letters, digits and marks`() {
    for scalar in (0..<0x3000).compactMap(Unicode.Scalar.init) {
      for word in SearchWords.words(of: "a\(scalar)b") {
        #expect(!word.folded.isEmpty)
        #expect(!word.folded.contains { $0.isWhitespace || $0.isPunctuation || $0 == "\0" })
      }
    }
  }
}
