package import Ambient
import MessageContent
package import Vault

/// What is looked for.
package struct SearchQuery: Hashable, Sendable {
  /// Words of which the beginning is enough, and "words in quotes" that must follow each other. All must be there.
  package var text: String
  /// Only in the direct conversation with this contact.
  package var contact: Int64?
  /// Only own messages, or only others'.
  package var direction: MessageDirection?
  /// Only messages that were sent at or after this time.
  package var since: WallTime?
  /// Only messages that were sent before this time.
  package var until: WallTime?

  package init(
    _ text: String, contact: Int64? = nil, direction: MessageDirection? = nil, since: WallTime? = nil,
    until: WallTime? = nil
  ) {
    self.text = text
    self.contact = contact
    self.direction = direction
    self.since = since
    self.until = until
  }
}

/// A message that was found.
package struct SearchHit: Hashable, Sendable {
  package let message: MessageView
  package let snippet: SearchSnippet
}

/// Hits, and where the next page begins.
package struct SearchPage: Hashable, Sendable {
  /// The newest first.
  package let hits: [SearchHit]
  /// Give this as `before` for the next page; nil when everything was looked at.
  package let continuesBefore: Int64?
}

extension Messenger {
  /// The most hits of one page.
  package static let searchPageLimit = 200
  /// Candidates that one page decrypts at most, so that no query takes long.
  private static let candidateLimit = 1_024
  private static let candidateBatch = 64

  /// Looks for messages, the newest first. View-once content and secret chats are never found.
  ///
  /// The index says which messages may have the words; each is decrypted and looked at.
  /// - Parameters:
  ///   - before: ``SearchPage/continuesBefore`` of the page before; nil for the first page.
  ///   - limit: 1 … ``searchPageLimit``.
  /// - Returns: a page. It may have fewer hits than `limit` and still not be the last.
  /// - Throws: ``MessagingError/emptySearch``.
  package func search(_ query: SearchQuery, before: Int64? = nil, limit: Int = 50) throws -> SearchPage {
    let terms = try SearchTerms(query.text)
    do { return try search(query, terms, before: before, limit: limit) } catch let error as VaultError
      where error.isSearchIndexDamage
    {
      try rebuildSearchIndex()
      return try search(query, terms, before: before, limit: limit)
    }
  }

  private func search(
    _ query: SearchQuery, _ terms: SearchTerms, before: Int64?, limit: Int
  ) throws -> SearchPage {
    while try indexMessages() {}
    let limit = min(max(1, limit), Self.searchPageLimit)
    return try vault.read { transaction in
      try indexTimedMessages(transaction)
      guard let all = try alternatives(query, terms, transaction) else {
        return SearchPage(hits: [], continuesBefore: nil)
      }
      var hits: [SearchHit] = []
      var conversations: [Int64: ShownConversation] = [:]
      var before = before ?? .max
      var looked = 0
      while looked < Self.candidateLimit {
        let (candidates, rest) = try candidates(all, before: before, transaction)
        for id in candidates {
          looked += 1
          before = id
          guard let hit = try hit(id, query, terms, in: &conversations, transaction) else { continue }
          hits.append(hit)
          if hits.count == limit { return SearchPage(hits: hits, continuesBefore: before) }
        }
        guard let rest else { return SearchPage(hits: hits, continuesBefore: nil) }
        before = rest
      }
      return SearchPage(hits: hits, continuesBefore: before)
    }
  }

  /// Candidates of both indexes, the newest first.
  ///
  /// - Returns: also before which row to go on; nil when there are no more.
  private func candidates(
    _ all: [SearchAlternatives], before: Int64, _ transaction: VaultTransaction
  ) throws -> (ids: [Int64], rest: Int64?) {
    let limit = Self.candidateBatch
    let stored = try transaction.searched(all, before: before, limit: limit)
    let timed = timedIndex.found(all, before: before, limit: limit)
    // Below the last of a full batch that index may have more.
    let rest = [stored, timed].compactMap { $0.count == limit ? $0.last : nil }.max()
    return ((stored + timed).filter { $0 >= rest ?? .min }.sorted(by: >), rest)
  }

  /// What the index is asked for; nil when nothing can be found.
  private func alternatives(
    _ query: SearchQuery, _ terms: SearchTerms, _ transaction: VaultTransaction
  ) throws -> [SearchAlternatives]? {
    var needed = terms.terms.flatMap(SearchIndexTerm.candidates)
    if let contact = query.contact {
      guard let conversation = try transaction.conversation(contactID: contact) else { return nil }
      needed.append(.conversation(conversation.id))
    }
    if let direction = query.direction { needed.append(.direction(direction)) }
    return needed.map { transaction.searchTokens([$0.bytes]) }
  }

  /// Looks whether a message is really what is looked for.
  ///
  /// - Parameter conversations: those of the hits before.
  private func hit(
    _ id: Int64, _ query: SearchQuery, _ terms: SearchTerms, in conversations: inout [Int64: ShownConversation],
    _ transaction: VaultTransaction
  ) throws -> SearchHit? {
    guard let record = try transaction.message(id: id) else { return nil }
    let sentAt = WallTime(milliseconds: record.sentAtMilliseconds)
    if let since = query.since, sentAt < since { return nil }
    if let until = query.until, sentAt >= until { return nil }
    if let direction = query.direction, direction != record.direction { return nil }
    let message = try opened(record, transaction)
    guard message.gone == nil, let texts = message.searchedTexts else { return nil }
    let words = texts.map(SearchWords.words)
    guard let match = terms.match(words) else { return nil }
    let found = words[match.text][match.words]
    guard let first = found.first, let last = found.last else { return nil }
    let conversation = try conversations[record.conversationID] ?? shownConversation(record.conversationID, transaction)
    conversations[record.conversationID] = conversation
    guard !conversation.isSecret else { return nil }
    return SearchHit(
      message: try view(message, in: conversation, transaction),
      snippet: SearchSnippet(texts[match.text], around: first.range.lowerBound..<last.range.upperBound))
  }
}
