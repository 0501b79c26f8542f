import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Body {
  /// Reads a body; `nil` for a kind that is not known.
  init?(reading wire: Sotto_Content_V1_Body) throws(ContentError) {
    switch wire.kind {
    case .text(let text):
      self = .text(try CleanText(cleaning: text.text))
    case .file(let file):
      self = .file(try InlineFile(reading: file))
    case .attachment(let attachment):
      self = .attachment(try Attachment(reading: attachment))
    case .viewOnce(let viewOnce):
      guard let viewOnce = try ViewOnce(reading: viewOnce) else { return nil }
      self = .viewOnce(viewOnce)
    case .reply(let reply):
      guard let reply = try Reply(reading: reply) else { return nil }
      self = .reply(reply)
    case nil:
      guard !wire.unknownFields.data.isEmpty else { throw .missing(.kind) }
      return nil
    }
  }
}

extension ViewOnce {
  fileprivate init?(reading wire: Sotto_Content_V1_ViewOnce) throws(ContentError) {
    switch wire.kind {
    case .text(let text): self = .text(try CleanText(cleaning: text.text))
    case .file(let file): self = .file(try InlineFile(reading: file))
    case .stub(let stub):
      if case .UNRECOGNIZED = stub.kind { return nil }
      guard let kind = ViewOnceKind(rawValue: stub.kind.rawValue) else { throw .missing(.kind) }
      self = .stub(try ViewOnceStub(kind: kind, device: stub.device))
    case nil:
      guard !wire.unknownFields.data.isEmpty else { throw .missing(.kind) }
      return nil
    }
  }
}

extension InlineFile {
  fileprivate init(reading wire: Sotto_Content_V1_File) throws(ContentError) {
    let nameByteCount = wire.name.utf8.count
    guard nameByteCount <= ContentLimits.fileNameByteCount else {
      throw .tooLong(field: .fileName, limit: ContentLimits.fileNameByteCount, actual: nameByteCount)
    }
    let typeByteCount = wire.mimeType.utf8.count
    guard typeByteCount <= ContentLimits.mimeTypeByteCount else {
      throw .tooLong(field: .mimeType, limit: ContentLimits.mimeTypeByteCount, actual: typeByteCount)
    }
    self.init(
      caption: wire.caption.isEmpty ? nil : try CleanText(cleaning: wire.caption, field: .caption), name: wire.name,
      mimeType: wire.mimeType, data: [UInt8](wire.data))
  }
}

extension Sotto_Content_V1_Body {
  init(_ body: Body) {
    self.init()
    switch body {
    case .text(let text): kind = .text(Sotto_Content_V1_Text(text))
    case .file(let file): kind = .file(Sotto_Content_V1_File(file))
    case .attachment(let attachment): kind = .attachment(Sotto_Content_V1_Attachment(attachment))
    case .viewOnce(let viewOnce):
      var wire = Sotto_Content_V1_ViewOnce()
      switch viewOnce {
      case .text(let text): wire.kind = .text(Sotto_Content_V1_Text(text))
      case .file(let file): wire.kind = .file(Sotto_Content_V1_File(file))
      case .stub(let stub):
        var wireStub = Sotto_Content_V1_ViewOnceStub()
        wireStub.kind = Sotto_Content_V1_ViewOnceKind(rawValue: stub.kind.rawValue) ?? .unspecified
        wireStub.device = stub.device
        wire.kind = .stub(wireStub)
      }
      kind = .viewOnce(wire)
    case .reply(let reply): kind = .reply(Sotto_Content_V1_Reply(reply))
    }
  }
}

extension Sotto_Content_V1_Text {
  fileprivate init(_ text: CleanText) {
    self.init()
    self.text = text.string
  }
}

extension Sotto_Content_V1_File {
  fileprivate init(_ file: InlineFile) {
    self.init()
    caption = file.caption?.string ?? ""
    name = file.name
    mimeType = file.mimeType
    data = Data(file.data)
  }
}
