import MessageContent
import Vault

/// The texts of a message in which words are looked for: what it says, and what its file is called.
extension Messenger {
  /// The texts of a message that is found by searching; nil for everything that never is: view-once, secret chats, info
  /// lines, what is gone, what a newer version is needed for.
  func searchedTexts(of message: MessageRecord, _ transaction: VaultTransaction) throws -> [String]? {
    guard message.contentKind == MessageRowKind.content, let encoded = try transaction.messageContent(id: message.id),
      try transaction.conversation(id: message.conversationID)?.kind == ConversationKind.direct.rawValue,
      case .known(let content) = try ContentCodec.decode(encoded), case .body(let body) = content.kind
    else { return nil }
    switch body {
    case .text(let text): return [text.string]
    case .file(let file): return [file.caption?.string, file.name].compactMap(\.self)
    case .attachment(let file): return [file.caption?.string, file.name].compactMap(\.self)
    case .viewOnce: return nil
    }
  }

  /// What a message is found by; nil if it never is.
  func searchTokens(of message: MessageRecord, _ transaction: VaultTransaction) throws -> Set<SearchToken>? {
    guard let texts = try searchedTexts(of: message, transaction) else { return nil }
    var terms: [SearchIndexTerm] = [.conversation(message.conversationID), .direction(message.direction)]
    for text in texts { terms += SearchIndexTerm.terms(of: SearchWords.words(of: text)) }
    return transaction.searchTokens(terms.lazy.map(\.bytes))
  }
}
