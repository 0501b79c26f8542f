import ByteLayout
import Foundation

/// What stands for a word in the search index: the first 8 bytes of HMAC-SHA-256 under the vault's search key.
///
/// Two words may have one token; whoever finds a message by it looks whether the word is there.
package struct SearchToken: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The 8 bytes as a number.
  let bits: UInt64

  init(_ bytes: FixedBytes<8>) { bits = bytes.array.reduce(0) { $0 << 8 | UInt64($1) } }

  /// As the full-text tables know it: 16 hexadecimal digits.
  package var description: String {
    Hexadecimal.encode((0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) })
  }

  package static func < (left: Self, right: Self) -> Bool { left.bits < right.bits }
}

/// A set of tokens of which a message must have at least one.
package typealias SearchAlternatives = Set<SearchToken>

/// The words of messages on the disk, as keyed tokens only (Docs/Search.md).
///
/// Contentless full-text tables that say which tokens are in which message, not where, nor how often.
package enum SearchIndex {
  /// Messages to a full-text table: what compacting one after an erasure rewrites at once.
  package static let messagesPerShard: Int64 = 65_536

  static func shard(of messageID: Int64) -> Int64 { messageID / messagesPerShard }
  static func table(_ shard: Int64) -> String { "search_\(shard)" }
}

// MARK: - What is indexed

extension VaultTransaction {
  /// The tokens of search terms; what a term is, is the caller's.
  package func searchTokens(_ terms: some Sequence<[UInt8]>) -> Set<SearchToken> { keys.searchTokens(terms) }

  /// By which rules the index was made and up to which message; nil before it was first made.
  package func searchState() throws(VaultError) -> (version: Int64, upTo: Int64)? {
    guard let row = try row("SELECT version, indexed_up_to FROM search_state WHERE id = 1") else { return nil }
    return (version: try row.integer(0), upTo: try row.integer(1))
  }

  /// Notes that every message up to `id` is in the index, as far as it belongs there.
  package func setSearched(upTo id: Int64) throws(VaultError) {
    try executeOnOne("UPDATE search_state SET indexed_up_to = ? WHERE id = 1", [id])
  }

  /// Throws the index away, and begins an empty one.
  package func resetSearchIndex(version: Int64) throws(VaultError) {
    for shard in try searchShards() { try drop(SearchIndex.table(shard)) }
    try execute("DELETE FROM search_shard")
    try execute(
      "INSERT OR REPLACE INTO search_state (id, version, indexed_up_to) VALUES (1, ?, 0)", [version])
  }

  private func drop(_ table: String) throws(VaultError) {
    do { try execute("DROP TABLE IF EXISTS \(table)") } catch {
      // SQLite does not even drop a damaged one: it is emptied first, to what a new one holds.
      try execute("DELETE FROM \(table)_data")
      try execute("DELETE FROM \(table)_idx")
      try execute("INSERT INTO \(table)_data (id, block) VALUES (1, x''), (10, x'00000000000000')")
      try execute("DROP TABLE \(table)")
    }
  }

  /// Puts a message into the index.
  package func addToSearch(messageID: Int64, _ tokens: Set<SearchToken>) throws(VaultError) {
    guard !tokens.isEmpty else { return }
    let shard = SearchIndex.shard(of: messageID)
    let table = SearchIndex.table(shard)
    if try row("SELECT 1 FROM search_shard WHERE id = ?", [shard]) == nil {
      try execute(
        """
        CREATE VIRTUAL TABLE \(table) USING fts5(
          tokens, content = '', detail = none, columnsize = 0, tokenize = 'ascii')
        """)
      try execute("INSERT INTO search_shard (id, has_traces) VALUES (?, 0)", [shard])
    }
    try execute("INSERT INTO \(table) (rowid, tokens) VALUES (?, ?)", [messageID, Self.text(tokens)])
  }

  /// Takes a message out of the index. Traces of it stay until ``Vault/removeTraces()``.
  ///
  /// - Parameter tokens: exactly those that it was put in with.
  package func removeFromSearch(messageID: Int64, _ tokens: Set<SearchToken>) throws(VaultError) {
    guard !tokens.isEmpty else { return }
    let shard = SearchIndex.shard(of: messageID)
    let table = SearchIndex.table(shard)
    try executeOnOne("UPDATE search_shard SET has_traces = 1 WHERE id = ?", [shard])
    try execute(
      "INSERT INTO \(table) (\(table), rowid, tokens) VALUES ('delete', ?, ?)", [messageID, Self.text(tokens)])
  }

  /// Rewrites the full-text tables that messages were removed from, so that nothing of these is left in them.
  ///
  /// SQLite 3.40 has no deletion in place: a removed message stays in the older part of a table until all parts are merged.
  func compactSearch() throws(VaultError) {
    for row in try rows("SELECT id FROM search_shard WHERE has_traces = 1") {
      let table = SearchIndex.table(try row.integer(0))
      try execute("INSERT INTO \(table) (\(table)) VALUES ('optimize')")
    }
    try execute("UPDATE search_shard SET has_traces = 0 WHERE has_traces = 1")
  }

  private func searchShards() throws(VaultError) -> [Int64] {
    try all("SELECT id FROM search_shard ORDER BY id DESC") { row throws(VaultError) in try row.integer(0) }
  }

  private static func text(_ tokens: Set<SearchToken>) -> String {
    tokens.sorted().map(\.description).joined(separator: " ")
  }
}

// MARK: - What is found

extension VaultTransaction {
  /// Messages that have a token of each of the alternatives, the newest first.
  ///
  /// - Parameters:
  ///   - all: at least one.
  ///   - id: only messages before this one.
  package func searched(_ all: [SearchAlternatives], before id: Int64, limit: Int) throws(VaultError) -> [Int64] {
    let query = all.map { "(" + $0.sorted().map(\.description).joined(separator: " OR ") + ")" }.joined(
      separator: " AND ")
    var found: [Int64] = []
    for shard in try searchShards() where shard <= SearchIndex.shard(of: id) {
      let table = SearchIndex.table(shard)
      found += try self.all(
        "SELECT rowid FROM \(table) WHERE \(table) MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
        [query, id, Int64(limit - found.count)]
      ) { row throws(VaultError) in try row.integer(0) }
      if found.count >= limit { break }
    }
    return found
  }

  /// Messages after `id` that still have their content, with or without a deadline, oldest first.
  package func messagesToIndex(
    after id: Int64, withDeadline: Bool, limit: Int
  ) throws(VaultError) -> [MessageRecord] {
    try messages(
      """
      WHERE id > ? AND bucket_id IS NOT NULL AND \(withDeadline ? "deadline IS NOT NULL" : "TRUE")
      ORDER BY id LIMIT ?
      """, [id, Int64(limit)])
  }
}
