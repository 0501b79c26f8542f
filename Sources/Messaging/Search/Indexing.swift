import MessageContent
import Vault

extension Messenger {
  /// Messages that one transaction indexes at most.
  static let indexingBatch = 1_000

  /// Brings the index a step nearer to the newest message: what arrives is indexed later, so that arriving costs nothing.
  ///
  /// - Returns: whether more is left to do.
  package func indexMessages() throws -> Bool {
    guard try vault.read({ try $0.searchState()?.version }) == SearchWords.version else {
      try rebuildSearchIndex()
      return true
    }
    let isLeft = try vault.read { transaction in
      let upTo = try transaction.searchState()?.upTo ?? 0
      return try !transaction.messagesToIndex(after: upTo, withDeadline: false, limit: 1).isEmpty
    }
    guard isLeft else { return false }
    return try vault.write { transaction in
      let upTo = try transaction.searchState()?.upTo ?? 0
      let messages = try transaction.messagesToIndex(after: upTo, withDeadline: false, limit: Self.indexingBatch)
      for message in messages where message.deadline == nil {
        guard let tokens = try searchTokens(of: message, transaction) else { continue }
        try transaction.addToSearch(messageID: message.id, tokens)
      }
      if let last = messages.last { try transaction.setSearched(upTo: last.id) }
      return messages.count == Self.indexingBatch
    }
  }

  /// Throws the index away; it is made anew by ``indexMessages()``.
  package func rebuildSearchIndex() throws {
    try vault.write { transaction in try transaction.resetSearchIndex(version: SearchWords.version) }
  }

  /// A message that may be in an index says something else now: what it was found by was taken out before.
  func index(again message: MessageRecord, _ transaction: VaultTransaction) throws {
    guard message.deadline == nil else { return timedIndex.noteChanged(message.id) }
    guard let state = try transaction.searchState(), state.version == SearchWords.version, message.id <= state.upTo,
      let tokens = try searchTokens(of: message, transaction)
    else { return }
    try guardingSearchIndex(transaction) { try transaction.addToSearch(messageID: message.id, tokens) }
  }

  /// Brings the index in memory up to the newest message with a deadline.
  func indexTimedMessages(_ transaction: VaultTransaction) throws {
    for id in timedIndex.takeChanged() {
      guard let message = try transaction.message(id: id) else { continue }
      timedIndex.replace(id, try isGone(message, transaction) ? nil : try searchTokens(of: message, transaction))
    }
    while true {
      let messages = try transaction.messagesToIndex(
        after: timedIndex.indexedUpTo, withDeadline: true, limit: Self.indexingBatch)
      for message in messages {
        let isGone = try isGone(message, transaction)
        timedIndex.add(message.id, isGone ? nil : try searchTokens(of: message, transaction))
      }
      guard messages.count == Self.indexingBatch else {
        // Deadlines are set with the message: none of those before gets one later.
        return timedIndex.noteIndexed(upTo: try transaction.greatestMessageID())
      }
    }
  }

  /// How many messages the index in memory knows.
  package var timedIndexCount: Int { timedIndex.count }

  /// Up to which row a search need not look for messages with a deadline any more.
  package var timedIndexUpTo: Int64 { timedIndex.indexedUpTo }

  /// A message is about to lose its content: its words leave the index in the same transaction.
  func unindex(_ message: MessageRecord, _ transaction: VaultTransaction) throws {
    guard message.deadline == nil, let state = try transaction.searchState(), state.version == SearchWords.version,
      message.id <= state.upTo, let tokens = try searchTokens(of: message, transaction)
    else { return }
    try guardingSearchIndex(transaction) { try transaction.removeFromSearch(messageID: message.id, tokens) }
  }

  /// Changes the index. One that is damaged can be made anew, and must not keep a message from being deleted or changed.
  private func guardingSearchIndex(_ transaction: VaultTransaction, _ change: () throws -> Void) throws {
    do {
      try transaction.savepoint {
        try change()
        return true
      }
    } catch let error as VaultError where error.isSearchIndexDamage {
      try transaction.resetSearchIndex(version: SearchWords.version)
    }
  }
}

extension VaultError {
  /// Whether SQLite found the index itself unusable.
  var isSearchIndexDamage: Bool {
    switch self {
    case .corrupt(.database), .database, .notStored: true
    default: false
    }
  }
}
