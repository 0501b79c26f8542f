import ByteLayout
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension ContentHeader {
  init(reading wire: Sotto_Content_V1_Content) throws(ContentError) {
    try self.init(
      id: try MessageID(validating: wire.id, field: .id), conversation: [UInt8](wire.conversation),
      sentAtMilliseconds: wire.sentAtMs,
      expiry: Expiry(
        readSeconds: wire.expiry.readSeconds, maximumAgeSeconds: wire.expiry.maxAgeSeconds,
        timerVersion: wire.expiry.timerVersion, isOwn: wire.expiry.isOwn))
  }
}

extension Content.Kind {
  /// Reads the kind; `nil` for one that is not known.
  ///
  /// - Throws: ``ContentError``; ``ContentError/missing(_:)`` when there is none at all.
  init?(reading wire: Sotto_Content_V1_Content) throws(ContentError) {
    switch wire.kind {
    case .body(let body):
      guard let body = try Body(reading: body) else { return nil }
      self = .body(body)
    case .receipt(let receipt):
      guard let receipt = try Receipt(reading: receipt) else { return nil }
      self = .receipt(receipt)
    case .control(let control):
      guard let control = try Control(reading: control) else { return nil }
      self = .control(control)
    case .operation(let operation):
      guard let operation = try Operation(reading: operation) else { return nil }
      self = .operation(operation)
    case .sync:
      return nil
    case nil:
      // A newer kind is an unknown field to this version.
      guard !wire.unknownFields.data.isEmpty else { throw .missing(.kind) }
      return nil
    }
  }
}

extension Sotto_Content_V1_Content {
  init(_ content: Content) {
    self.init()
    id = Data(content.header.id.bytes.array)
    conversation = Data(content.header.conversation)
    sentAtMs = content.header.sentAtMilliseconds
    if content.header.expiry != .never { expiry = Sotto_Content_V1_Expiry(content.header.expiry) }
    switch content.kind {
    case .body(let body): kind = .body(Sotto_Content_V1_Body(body))
    case .operation(let operation): kind = .operation(Sotto_Content_V1_Operation(operation))
    case .receipt(let receipt): kind = .receipt(Sotto_Content_V1_Receipt(receipt))
    case .control(let control): kind = .control(Sotto_Content_V1_Control(control))
    }
  }
}

extension Sotto_Content_V1_Expiry {
  init(_ expiry: Expiry) {
    self.init()
    readSeconds = expiry.readSeconds
    maxAgeSeconds = expiry.maximumAgeSeconds
    timerVersion = expiry.timerVersion
    isOwn = expiry.isOwn
  }
}
