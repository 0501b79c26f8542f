import MessageContent
import Vault

extension Messenger {
  /// What a message is found by; nil if it never is, as in secret chats.
  func searchTokens(of message: MessageRecord, _ transaction: VaultTransaction) throws -> Set<SearchToken>? {
    guard let texts = try opened(message, transaction).searchedTexts,
      try transaction.conversation(id: message.conversationID)?.kind == ConversationKind.direct.rawValue
    else { return nil }
    var terms: [SearchIndexTerm] = [.conversation(message.conversationID), .direction(message.direction)]
    for text in texts { terms += SearchIndexTerm.terms(of: SearchWords.words(of: text)) }
    return transaction.searchTokens(terms.lazy.map(\.bytes))
  }
}
