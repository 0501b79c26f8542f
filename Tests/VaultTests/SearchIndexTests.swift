import Foundation
import GRDB
import Testing
import Vault

@Suite struct `The search index on the disk` {
  private static func tokens(_ words: [String], _ transaction: VaultTransaction) -> Set<SearchToken> {
    transaction.searchTokens(words.map { [UInt8]($0.utf8) })
  }

  /// Messages with two words each: one of its own, and one of three that many share.
  private static func words(_ number: Int64) -> [String] {
    ["zqword\(number)", ["alder", "birch", "cedar"][Int(number % 3)]]
  }

  private static func fill(_ vault: Vault, _ numbers: ClosedRange<Int64>) throws {
    try vault.write { transaction in
      try transaction.resetSearchIndex(version: 1)
      for number in numbers { try transaction.addToSearch(messageID: number, tokens(words(number), transaction)) }
      try transaction.setSearched(upTo: numbers.upperBound)
    }
  }

  private static func search(_ vault: Vault, _ all: [[String]], before: Int64 = .max, limit: Int = 100) throws
    -> [Int64]
  {
    try vault.read { transaction in
      try transaction.searched(all.map { tokens($0, transaction) }, before: before, limit: limit)
    }
  }

  /// The terms that all full-text tables know, as SQLite itself reads them.
  private static func terms(_ home: VaultHome) throws -> Set<String> {
    let queue = try DatabaseQueue(path: home.database)
    defer { try? queue.close() }
    return try queue.write { database in
      var terms: Set<String> = []
      for shard in try Int64.fetchAll(database, sql: "SELECT id FROM search_shard") {
        try database.execute(
          sql: "CREATE VIRTUAL TABLE temp.v\(shard) USING fts5vocab(main, search_\(shard), instance)")
        terms.formUnion(try String.fetchAll(database, sql: "SELECT DISTINCT term FROM temp.v\(shard)"))
      }
      return terms
    }
  }

  @Test func `finds by all of the words, newest first, page by page`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try Self.fill(vault, 1...30)
    #expect(try Self.search(vault, [["alder"]]) == [30, 27, 24, 21, 18, 15, 12, 9, 6, 3])
    #expect(try Self.search(vault, [["alder"]], before: 24, limit: 2) == [21, 18])
    #expect(try Self.search(vault, [["zqword7"], ["birch"]]) == [7])
    #expect(try Self.search(vault, [["zqword7"], ["alder"]]).isEmpty)
    #expect(try Self.search(vault, [["zqword7", "zqword9"]]) == [9, 7])
    #expect(try Self.search(vault, [["zqwor"]]).isEmpty, "a token is a whole term")
  }

  @Test func `goes on in older tables`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    let border = 2 * SearchIndex.messagesPerShard
    try Self.fill(vault, border - 4...border + 4)
    #expect(try Self.search(vault, [["alder", "birch", "cedar"]]) == (border - 4...border + 4).reversed())
    #expect(
      try Self.search(vault, [["alder", "birch", "cedar"]], before: border, limit: 2) == [border - 1, border - 2])
  }

  @Test func `no word and no code of a removed message is left in any file`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try Self.fill(vault, 1...500)
    let removed: [Int64] = [3, 100, 101, 250, 499]
    #expect(try home.filesContaining(Array("zqword".utf8)) == [])
    #expect(try home.filesContaining(Array("alder".utf8)) == [])
    let codes = try removed.map { number in
      try vault.read { transaction in Self.tokens(["zqword\(number)"], transaction).map(\.description) }[0]
    }
    let before = try home.copy()
    #expect(try Self.terms(before).isSuperset(of: codes))
    // The first 4 digits of a code may be shared with its neighbour in the table.
    for code in codes { #expect(try home.filesContaining(Array(code.utf8.suffix(11))) != []) }

    try vault.write { transaction in
      for number in removed {
        try transaction.removeFromSearch(messageID: number, Self.tokens(Self.words(number), transaction))
      }
    }
    for number in removed { #expect(try Self.search(vault, [["zqword\(number)"]]).isEmpty) }
    #expect(
      try codes.contains { try home.filesContaining(Array($0.utf8.suffix(11))) != [] },
      "without removing traces they are still there")
    try vault.removeTraces()
    for code in codes { #expect(try home.filesContaining(Array(code.utf8.suffix(11))) == []) }
    #expect(try Self.terms(try home.copy()).isDisjoint(with: codes))
    #expect(try Self.search(vault, [["alder", "birch", "cedar"]], limit: 1_000).count == 495)
    try vault.check()
  }

  @Test func `what a crash left of a removed message is gone when the vault is opened again`() throws {
    let home = try VaultHome()
    var code = ""
    do {
      let vault = try home.create()
      let conversation = try vault.write { try $0.addConversation().conversation }
      let id = try vault.write { try $0.addMessage(1, in: conversation, "text") }
      try Self.fill(vault, 1...100)
      code = try vault.read { transaction in Self.tokens(["zqword\(id)"], transaction).map(\.description)[0] }
      try vault.eraseMessages([id], removesTraces: false) { transaction in
        try transaction.removeFromSearch(messageID: id, Self.tokens(Self.words(id), transaction))
      }
      #expect(vault.leavesTraces)
      let left = try home.copy()
      #expect(try left.filesContaining(Array(code.utf8.suffix(11))) != [])
      let opened = try left.open()
      #expect(try left.filesContaining(Array(code.utf8.suffix(11))) == [])
      #expect(!opened.leavesTraces)
    }
  }

  @Test func `begins anew, and does not outlive a transaction that fails`() throws {
    struct Refused: Error {}
    let home = try VaultHome()
    let vault = try home.create()
    #expect(try vault.read { try $0.searchState()?.version } == nil)
    try Self.fill(vault, 1...10)
    #expect(throws: Refused.self) {
      try vault.write { transaction in
        try transaction.resetSearchIndex(version: 2)
        throw Refused()
      }
    }
    #expect(try Self.search(vault, [["alder"]]) == [9, 6, 3])
    try vault.write { try $0.resetSearchIndex(version: 2) }
    #expect(try Self.search(vault, [["alder"]]).isEmpty)
    let state = try vault.read { try $0.searchState() }
    #expect(state?.version == 2 && state?.upTo == 0)
  }

  @Test func `a damaged index is refused as damage, and does not keep a key from being destroyed`() throws {
    let home = try VaultHome()
    do {
      let vault = try home.create()
      let conversation = try vault.write { try $0.addConversation().conversation }
      _ = try vault.write { try $0.addMessage(1, in: conversation, "text") }
      try Self.fill(vault, 1...10)
    }
    try home.tamper(
      "UPDATE search_0_data SET block = x'00000001FFFFFFFFFFFFFFFFFFFFFFFF'; UPDATE search_shard SET has_traces = 1")
    let vault = try home.open()
    #expect(throws: VaultError.corrupt(.database)) { try Self.search(vault, [["alder"]]) }
    try vault.eraseMessages([1])
    #expect(try vault.read { try $0.messageContent(id: 1) } == nil)
    #expect(try vault.read { try $0.searchState()?.version } == 0, "it is to be made anew")
    try Self.fill(vault, 1...10)
    #expect(try Self.search(vault, [["alder"]]) == [9, 6, 3])
  }
}
