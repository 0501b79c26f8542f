import ByteLayout
import MessageContent
import Vault

/// A message row with its content opened, once for everything that is asked of it.
struct OpenedMessage {
  enum Content {
    case info(InfoLine, operationID: FixedBytes<16>)
    case said(DecodedContent)
  }

  let record: MessageRecord
  /// Why it is shown to nobody any more, nil while it is.
  let gone: GoneReason?
  /// nil when its key was destroyed.
  let content: Content?
  /// The id that both sides know, nil for a message that was destroyed without leaving it.
  let messageID: FixedBytes<16>?

  /// The texts in which words are looked for: what it says, and what its file is called; nil for what is never found, as
  /// view-once content, info lines, and what a newer version is needed for.
  var searchedTexts: [String]? {
    guard case .said(.known(let content)) = content, case .body(let body) = content.kind else {
      return nil
    }
    switch body.said {
    case .text(let text): return [text.string]
    case .file(let file): return [file.caption?.string, file.name].compactMap(\.self)
    case .attachment(let file): return [file.caption?.string, file.name].compactMap(\.self)
    case .viewOnce, .reply: return nil
    }
  }
}

extension Messenger {
  /// Opens what a message row holds now.
  func opened(_ record: MessageRecord, _ transaction: VaultTransaction) throws -> OpenedMessage {
    let life = try transaction.messageLife(id: record.id)
    let content = try transaction.messageContent(id: record.id).map { encoded in
      guard record.contentKind == MessageRowKind.info else {
        return OpenedMessage.Content.said(try ContentCodec.decode(encoded))
      }
      let (line, operationID) = try InfoLine.read(encoded)
      return .info(line, operationID: operationID)
    }
    let messageID: FixedBytes<16>? =
      if let life, life.gone != 0 {
        life.messageID.isZero ? nil : life.messageID
      } else {
        switch content {
        case .info(_, let operationID): operationID
        case .said(let decoded): decoded.header.id.bytes
        case nil: nil
        }
      }
    return OpenedMessage(
      record: record, gone: goneReason(record, life), content: content, messageID: messageID)
  }

  /// The id that both sides know, nil for a message that was destroyed without leaving it.
  func messageID(of id: Int64, _ transaction: VaultTransaction) throws -> FixedBytes<16>? {
    try transaction.message(id: id).flatMap { try opened($0, transaction).messageID }
  }
}
