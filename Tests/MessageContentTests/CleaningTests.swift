import MessageContent
import TestSupport
import Testing

@Suite struct `Cleaning` {
  // MARK: Text

  @Test(arguments: [
    ("plain", "plain"),
    ("two\nlines\tand a tab", "two\nlines\tand a tab"),
    ("carriage\r\nreturn", "carriage\nreturn"),
    ("bell\u{7}null\u{0}escape\u{1b}[31mred", "bellnullescape[31mred"),
    ("delete\u{7f}", "delete"),
    ("one-byte escape\u{9b}31m", "one-byte escape31m"),
    ("‏שלום‎ \u{202e}kept\u{202c}", "‏שלום‎ \u{202e}kept\u{202c}"),
    ("e\u{301} is not é", "e\u{301} is not é"),
    ("👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿", "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿"),
    ("  spaces stay  ", "  spaces stay  "),
  ])
  func `text loses control characters and nothing else`(text: String, cleaned: String) throws {
    // Compared as scalars: Swift's == would take é for e and an accent.
    #expect(Array(try CleanText(cleaning: text).string.unicodeScalars) == Array(cleaned.unicodeScalars))
  }

  @Test(arguments: ["", "\u{0}", "\u{1}\u{2}\r\u{7f}\u{9f}"])
  func `text of which nothing is left is refused`(text: String) {
    #expect(throws: ContentError.missing(.text)) { try CleanText(cleaning: text) }
  }

  @Test func `every control character but newline and tab is taken out`() throws {
    for value in UInt32(0)...0xff {
      let scalar = try #require(Unicode.Scalar(value))
      let isKept = value == 0x0a || value == 0x09 || (0x20...0x7e).contains(value) || value >= 0xa0
      let cleaned = try CleanText(cleaning: "a" + String(Character(scalar)) + "b").string
      #expect(cleaned.unicodeScalars.count == (isKept ? 3 : 2), "U+\(String(value, radix: 16))")
    }
  }

  @Test func `text may have 49 152 bytes and no more`() throws {
    #expect(try CleanText(cleaning: String(repeating: "é", count: 24_576)).string.utf8.count == 49_152)
    #expect(throws: ContentError.tooLong(field: .text, limit: 49_152, actual: 49_153)) {
      try CleanText(cleaning: String(repeating: "é", count: 24_576) + "a")
    }
  }

  // MARK: File names

  @Test(arguments: [
    ("photo.png", "photo.png"),
    ("Füße – 1.png", "Füße – 1.png"),
    ("", "file"),
    (".", "file"), ("..", "file"), ("...", "file"), ("/", "file"), ("\\", "file"), (" ", "file"), ("../..", "file"),
    ("/etc/passwd", "passwd"),
    ("../../.ssh/authorized_keys", "authorized_keys"),
    ("..\\..\\boot.ini", "boot.ini"),
    ("C:\\Users\\a\\.profile", "profile"),
    ("a/b\\c/d.txt", "d.txt"),
    ("folder/", "folder"),
    (".bashrc", "bashrc"), ("..bashrc", "bashrc"), (". .bashrc", "bashrc"), ("\u{0}.bashrc", "bashrc"),
    ("\u{202e}.bashrc", "bashrc"), (".\u{200b}.bashrc", "bashrc"), ("\u{feff}.x", "x"),
    (".\u{301}hidden", "\u{301}hidden"),
    ("evil\u{202e}gnp.exe", "evilgnp.exe"),
    ("a\u{2066}b\u{2069}c\u{200f}d\u{61c}e.txt", "abcde.txt"),
    ("new\nline\r\t.txt", "newline.txt"),
    ("null\u{0}.txt", "null.txt"),
    ("esc\u{1b}[2J.txt", "esc[2J.txt"),
    ("a\u{2028}b\u{2029}c", "abc"),
    ("trailing. . ", "trailing"),
    ("\u{a0}\u{3000}wide\u{3000}", "wide"),
    ("\u{200d}\u{fe0f}", "file"), ("\u{3164}", "file"),
  ])
  func `a file name becomes one that can be used in a folder`(name: String, cleaned: String) {
    #expect(Array(FileName.cleaned(name).utf8) == Array(cleaned.utf8))
  }

  @Test func `an overlong file name is cut between characters and keeps its extension`() {
    let name = FileName.cleaned(String(repeating: "ä", count: 300) + ".tar.jpeg")
    #expect(name == String(repeating: "ä", count: 125) + ".jpeg")
    let families = FileName.cleaned(String(repeating: "👨‍👩‍👧‍👦", count: 40) + ".png")
    #expect(families == String(repeating: "👨‍👩‍👧‍👦", count: 10) + ".png")
  }

  @Test func `an overlong extension is not kept, and one character of 900 bytes is cut`() {
    #expect(FileName.cleaned("a." + String(repeating: "b", count: 400)).utf8.count == 255)
    let zalgo = FileName.cleaned("a" + String(repeating: "\u{301}", count: 450))
    #expect(zalgo.utf8.count == 255)
    let endingInSpace = FileName.cleaned(String(repeating: "a", count: 254) + " " + String(repeating: "b", count: 20))
    #expect(endingInSpace == String(repeating: "a", count: 254))
  }

  // MARK: Display names

  @Test(arguments: [
    ("Alice", "Alice"), ("  Alice  B. ", "Alice  B."), ("Ünal Öz", "Ünal Öz"), (".dot", ".dot"), ("a/b", "a/b"),
    ("", "unnamed"), ("   ", "unnamed"), ("\n\t\r", "unnamed"), ("\u{200b}\u{2060}", "unnamed"),
    ("\u{202e}ecilA", "ecilA"), ("Al\u{0}i\u{1b}ce", "Alice"), ("Bob\nAlice: hello", "BobAlice: hello"),
    ("نام\u{200c}ها", "نام\u{200c}ها"), ("\u{2067}x\u{2069}", "x"),
  ])
  func `a display name becomes one visible line`(name: String, cleaned: String) {
    #expect(Array(DisplayName.cleaned(name).utf8) == Array(cleaned.utf8))
  }

  @Test func `an overlong display name is cut between characters`() {
    #expect(DisplayName.cleaned(String(repeating: "é", count: 100)) == String(repeating: "é", count: 64))
    #expect(DisplayName.cleaned(String(repeating: "a", count: 127) + "é") == String(repeating: "a", count: 127))
    #expect(DisplayName.cleaned(String(repeating: "a", count: 127) + " é") == String(repeating: "a", count: 127))
  }

  // MARK: Showing

  @Test(arguments: [
    ("abc", "[abc]"), ("", "[]"), ("a\nb", "[a]\n[b]"), ("a\u{2069}b", "[ab]"), ("a\u{2067}b", "[a\u{2067}b]]"),
    ("\u{2066}a\u{2069}\u{2069}", "[\u{2066}a]]"), ("\u{2068}a\nb\u{2069}", "[\u{2068}a]]\n[b]"),
    ("\u{202e}a", "[\u{202e}a]"), ("a\u{2029}b", "[a]\u{2029}[b]"),
  ])
  func `shown text cannot turn the direction of what follows`(text: String, shown: String) {
    let isolated = BidirectionalIsolation.isolated(text)
    let expected = shown.replacing("[", with: "\u{2068}").replacing("]", with: "\u{2069}")
    #expect(Array(isolated.unicodeScalars) == Array(expected.unicodeScalars))
  }

  // MARK: Both

  @Test func `any name comes out safe, and clean names come out unchanged`() {
    let alphabet: [String] = [
      "a", "Z", ".", "..", "/", "\\", " ", "\u{0}", "\n", "\u{202e}", "\u{2066}", "\u{200b}", "é", "e\u{301}", "👩‍👧",
      "\u{feff}", "\u{301}", "\u{a0}", "\u{85}", "~", "-", ".txt", String(repeating: "x", count: 90), "日本",
    ]
    let randomness = SeededRandomness("names")
    for _ in 0..<3_000 {
      let name = randomness.bytes(Int(randomness.bytes(1)[0] % 12)).map { alphabet[Int($0) % alphabet.count] }.joined()
      let file = FileName.cleaned(name)
      #expect((1...255).contains(file.utf8.count))
      #expect(file.utf8.first != UInt8(ascii: "."))
      #expect(!file.unicodeScalars.contains { "/\\".unicodeScalars.contains($0) || Self.isForbidden($0) })
      #expect(Array(FileName.cleaned(file).utf8) == Array(file.utf8))
      let display = DisplayName.cleaned(name)
      #expect((1...128).contains(display.utf8.count))
      #expect(!display.unicodeScalars.contains(where: Self.isForbidden))
      #expect(Array(DisplayName.cleaned(display).utf8) == Array(display.utf8))
    }
  }

  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control || scalar.properties.isBidiControl
  }
}
