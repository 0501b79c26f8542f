import ByteLayout
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Operation {
  /// Reads an operation; `nil` for a kind that is not known.
  init?(reading wire: Sotto_Content_V1_Operation) throws(ContentError) {
    let kind: Kind
    switch wire.kind {
    case .delete: kind = .delete
    case .setTimer(let timer):
      guard let setting = try TimerSetting(reading: timer) else { return nil }
      kind = .setTimer(setting)
    case .screenshot: kind = .screenshot
    case .closeChat: kind = .closeChat
    case .edit(let edit): kind = .edit(try CleanText(cleaning: edit.text.text))
    case nil:
      guard !wire.unknownFields.data.isEmpty else { throw .missing(.kind) }
      return nil
    }
    try self.init(target: try OperationTarget(reading: wire), revision: wire.rev, kind: kind)
  }
}

extension OperationTarget {
  /// Both parts or none: a conversation is named by neither.
  fileprivate init?(reading wire: Sotto_Content_V1_Operation) throws(ContentError) {
    if wire.targetAuthor.isEmpty, wire.targetID.isEmpty { return nil }
    let author: FixedBytes<33>
    do throws(LayoutError) { author = try FixedBytes(wire.targetAuthor) } catch {
      throw .wrongByteCount(field: .target, expected: 33, actual: wire.targetAuthor.count)
    }
    self.init(author: author, id: try MessageID(validating: wire.targetID, field: .target))
  }
}

extension TimerSetting {
  fileprivate init?(reading wire: Sotto_Content_V1_SetTimer) throws(ContentError) {
    switch wire.mode {
    case .off: try self.init(mode: .off, seconds: wire.seconds)
    case .afterRead: try self.init(mode: .afterRead, seconds: wire.seconds)
    case .afterSend: try self.init(mode: .afterSend, seconds: wire.seconds)
    case .unspecified: throw .missing(.timer)
    case .UNRECOGNIZED: return nil
    }
  }
}

extension Sotto_Content_V1_Operation {
  init(_ operation: Operation) {
    self.init()
    if let target = operation.target {
      targetAuthor = Data(target.author.array)
      targetID = Data(target.id.bytes.array)
    }
    rev = operation.revision
    switch operation.kind {
    case .delete: kind = .delete(Sotto_Content_V1_Delete())
    case .setTimer(let setting):
      var wire = Sotto_Content_V1_SetTimer()
      wire.mode =
        switch setting.mode {
        case .off: .off
        case .afterRead: .afterRead
        case .afterSend: .afterSend
        }
      wire.seconds = setting.seconds
      kind = .setTimer(wire)
    case .screenshot: kind = .screenshot(Sotto_Content_V1_Screenshot())
    case .closeChat: kind = .closeChat(Sotto_Content_V1_CloseChat())
    case .edit(let text):
      var wire = Sotto_Content_V1_Edit()
      wire.text.text = text.string
      kind = .edit(wire)
    }
  }
}
