import Ambient
import Foundation
import Messaging
import TestSupport
import Testing
import Vault

@Suite struct `Searching` {
  private static func texts(_ page: SearchPage) -> [String] {
    page.hits.map { hit in
      switch hit.message.body {
      case .text(let text): text
      case .file(let caption, let file): "\(caption)[\(file.name)]"
      default: "?"
      }
    }
  }

  private static func found(_ party: Party, _ text: String, limit: Int = 50) throws -> [String] {
    texts(try party.core.search(SearchQuery(text), limit: limit))
  }

  /// Alice has said a few things to Bob, and Bob has answered.
  private static func pair(_ texts: [String]) throws -> Pair {
    let pair = try Pair()
    for text in texts {
      try pair.alice.say(text, to: "bob")
      pair.clock.advance(by: .seconds(1))
    }
    try pair.settle()
    return pair
  }

  @Test func `finds words by their beginning, whatever their case and accents, the newest first`() throws {
    let pair = try Self.pair(["The quiet harbour", "Harbours are QUIET", "harb", "Züricher Hafen", "nothing"])
    for party in [pair.alice, pair.bob] {
      #expect(try Self.found(party, "harb") == ["harb", "Harbours are QUIET", "The quiet harbour"])
      #expect(try Self.found(party, "HARBOUR") == ["Harbours are QUIET", "The quiet harbour"])
      #expect(try Self.found(party, "harbours") == ["Harbours are QUIET"])
      #expect(try Self.found(party, "quiet harb") == ["Harbours are QUIET", "The quiet harbour"])
      #expect(try Self.found(party, "zurich") == ["Züricher Hafen"])
      #expect(try Self.found(party, "ürich").isEmpty)
      #expect(try Self.found(party, "h").isEmpty, "one letter is a word of its own")
      #expect(try Self.found(party, "harbx").isEmpty, "a longer beginning than is indexed is looked at")
    }
  }

  @Test func `a phrase is found as it stands and not otherwise`() throws {
    let pair = try Self.pair([
      "all the quiet harbours", "the harbours, all quiet", "quiet-harbours", "don't", "don t x",
    ])
    #expect(try Self.found(pair.bob, "\"quiet harbours\"") == ["quiet-harbours", "all the quiet harbours"])
    #expect(try Self.found(pair.bob, "\"quiet harb\"").isEmpty)
    #expect(try Self.found(pair.bob, "\"quiet harb") == [], "an open quote counts")
    #expect(try Self.found(pair.bob, "quiet-harb") == ["quiet-harbours", "all the quiet harbours"])
    #expect(try Self.found(pair.bob, "don't") == ["don t x", "don't"])
  }

  @Test func `scripts without blanks are found by any part`() throws {
    let pair = try Self.pair(["今日は東京へ行く", "京東", "東の京"])
    #expect(try Self.found(pair.bob, "東京") == ["今日は東京へ行く"])
    #expect(try Self.found(pair.bob, "東") == ["東の京", "京東", "今日は東京へ行く"])
  }

  @Test func `files are found by name and caption, in snippets, by who wrote them and when`() throws {
    let pair = try Self.pair(["first of all"])
    let start = pair.clock.now()
    let long =
      String(repeating: "lorem ipsum ", count: 30) + "needle in it " + String(repeating: "dolor sit ", count: 30)
    try pair.alice.say(
      long, to: "bob", options: SendOptions(), file: AttachedFile(name: "Bericht.pdf", mime: "a/b", bytes: [1]))
    try pair.settle()
    pair.clock.advance(by: .seconds(5))
    try pair.bob.say("a needle of mine", to: "Alice")
    try pair.settle()
    #expect(try Self.found(pair.bob, "bericht").count == 1)
    let page = try pair.bob.core.search(SearchQuery("needle", direction: .incoming))
    #expect(page.hits.count == 1 && page.continuesBefore == nil)
    let snippet = try #require(page.hits.first?.snippet)
    #expect(snippet.match == "needle" && snippet.isCutBefore && snippet.isCutAfter)
    #expect(snippet.text.count < 100 && snippet.text.contains("ipsum needle in it dolor"))
    #expect(try Self.texts(pair.bob.core.search(SearchQuery("needle", direction: .outgoing))) == ["a needle of mine"])
    let later = WallTime(milliseconds: start.milliseconds + 3_000)
    #expect(try Self.texts(pair.bob.core.search(SearchQuery("needle", since: later))) == ["a needle of mine"])
    #expect(try pair.bob.core.search(SearchQuery("needle", until: later)).hits.count == 1)
    let alice = try pair.bob.contactID("Alice")
    #expect(try pair.bob.core.search(SearchQuery("needle", contact: alice)).hits.count == 2)
    _ = try pair.bob.core.send(text: "needle to self", file: nil, to: try pair.bob.core.noteToSelf().id)
    #expect(try pair.bob.core.search(SearchQuery("needle", contact: alice)).hits.count == 2)
    #expect(try Self.found(pair.bob, "needle").count == 3)
  }

  @Test func `pages go on where the last one ended`() throws {
    let pair = try Pair()
    for number in 0..<150 { try pair.alice.say("word \(number) \(number % 2 == 0 ? "even" : "odd")", to: "bob") }
    var seen: [String] = []
    var before: Int64?
    var pages = 0
    repeat {
      let page = try pair.alice.core.search(SearchQuery("even"), before: before, limit: 20)
      seen += Self.texts(page)
      before = page.continuesBefore
      pages += 1
    } while before != nil && pages < 20
    #expect(seen == (0..<150).reversed().filter { $0 % 2 == 0 }.map { "word \($0) even" })
  }

  @Test func `a search without a word is refused`() throws {
    let pair = try Self.pair([])
    for text in ["", "  ", "\"\"", "…"] {
      #expect(throws: MessagingError.emptySearch) { try pair.alice.core.search(SearchQuery(text)) }
    }
    #expect(try pair.alice.core.search(SearchQuery("a\" OR tokens:*"), limit: 5).hits.isEmpty)
  }

  @Test func `view-once content and secret chats are never found`() throws {
    let pair = try Self.pair(["needle in the open"])
    try pair.alice.say("needle once", to: "bob", options: SendOptions(isViewOnce: true))
    let chat = try pair.alice.core.openSecretChat(with: try pair.alice.contactID("bob"))
    try pair.alice.say("needle in secret", to: "bob", options: SendOptions(chat: chat))
    try pair.settle()
    for party in [pair.alice, pair.bob] { #expect(try Self.found(party, "needle") == ["needle in the open"]) }
  }

  @Test func `a vault in which nothing disappears is looked through once, and what comes later is found`() throws {
    let pair = try Self.pair((1...20).map { "needle \($0)" })
    #expect(try pair.alice.core.timedIndexUpTo == 0)
    #expect(try Self.found(pair.alice, "needle").count == 20)
    #expect(try pair.alice.core.timedIndexUpTo >= 20)
    try pair.alice.say(
      "needle for an hour", to: "bob",
      options: SendOptions(limits: MessageLimits(readSeconds: 0, maximumAgeSeconds: 3_600)))
    try pair.alice.say("needle for good", to: "bob")
    #expect(try Self.found(pair.alice, "needle", limit: 2) == ["needle for good", "needle for an hour"])
  }

  @Test func `what disappears is found until it does, and the index on the disk never knows it`() throws {
    let pair = try Self.pair(["needle for good"])
    try pair.alice.say(
      "needle for an hour", to: "bob",
      options: SendOptions(limits: MessageLimits(readSeconds: 0, maximumAgeSeconds: 3_600)))
    try pair.settle()
    for party in [pair.alice, pair.bob] {
      #expect(try Self.found(party, "needle") == ["needle for an hour", "needle for good"])
      #expect(try party.core.timedIndexCount == 1)
    }
    pair.clock.advance(by: .seconds(3_600))
    #expect(try Self.found(pair.bob, "needle") == ["needle for good"], "before anything has destroyed it")
    try pair.bob.core.eraseDue()
    #expect(try pair.bob.core.timedIndexCount == 0)
    #expect(try Self.found(pair.bob, "needle") == ["needle for good"])
    try pair.alice.restart()
    #expect(try Self.found(pair.alice, "needle") == ["needle for good"])
    for party in [pair.alice, pair.bob] {
      #expect(try Forensics.files(in: party.folder, holding: "needle") == [])
      try party.withVault { vault in
        let onDisk = try vault.read { transaction in
          try transaction.searched([transaction.searchTokens([[1] + "needle".utf8])], before: .max, limit: 10)
        }
        #expect(onDisk.count == 1)
      }
    }
  }

  @Test func `what is deleted is not found, and its codes leave the disk with it`() throws {
    let pair = try Self.pair(["needle one", "needle two"])
    #expect(try Self.found(pair.bob, "needle").count == 2)
    let second = try #require(try pair.alice.shown(with: "bob").last)
    try pair.alice.core.deleteForEveryone([second.id])
    try pair.settle()
    for party in [pair.alice, pair.bob] {
      #expect(try Self.found(party, "needle") == ["needle one"])
      #expect(try Self.found(party, "two").isEmpty)
      try party.core.eraseDue()
      try party.withVault { vault in
        let (word, left) = try vault.read { transaction in
          let token = transaction.searchTokens([[1] + "two".utf8])
          return (token.map(\.description)[0], try transaction.searched([token], before: .max, limit: 10))
        }
        #expect(left.isEmpty)
        #expect(try Forensics.files(in: party.folder, holding: String(word.suffix(11))) == [])
      }
    }
  }

  @Test func `the index is made anew when it was made by other rules, or is damaged`() throws {
    let pair = try Self.pair(["needle one", "needle two"])
    #expect(try Self.found(pair.bob, "needle").count == 2)
    try pair.bob.withVault { vault in try vault.write { try $0.resetSearchIndex(version: 0) } }
    #expect(try Self.found(pair.bob, "needle").count == 2)
    // An index that says of messages that it has them, and has not.
    try pair.bob.withVault { vault in
      try vault.write { transaction in
        let version = try #require(try transaction.searchState()?.version)
        try transaction.resetSearchIndex(version: version)
        try transaction.setSearched(upTo: 1_000)
      }
    }
    #expect(try Self.found(pair.bob, "needle").isEmpty)
    let messages = try pair.bob.shown(with: "Alice").map(\.id)
    try pair.bob.core.deleteForMe([messages[0]])
    #expect(try Self.found(pair.bob, "needle") == ["needle two"])
    try pair.bob.core.deleteForMe([messages[1]])
    #expect(try Self.found(pair.bob, "needle").isEmpty)
  }
}
