import SwiftProtobuf

/// What reading a Content gives.
package enum DecodedContent: Sendable {
  case known(Content)
  /// A kind that this version does not know (G9): keep `raw`, show "needs a newer version", read it again after an
  /// update. Its expiry holds all the same.
  case unknown(header: ContentHeader, raw: [UInt8])

  package var header: ContentHeader {
    switch self {
    case .known(let content): content.header
    case .unknown(let header, _): header
    }
  }
}

/// Between a ``Content`` and its protobuf bytes.
///
/// Reading is bounded before it is begun and leaves nothing unchecked; text and names come out cleaned. Equal Contents
/// give equal bytes. Secrets are in ordinary memory while a call lasts: see ``CarriedSecret``.
package enum ContentCodec {
  /// - Throws: ``ContentError``, with `tooLong(field: .content, …)` when the whole is over 57 344 bytes.
  package static func encode(
    _ content: Content, in scope: ContentScope = .direct
  ) throws(ContentError) -> [UInt8] {
    try scope.check(content.header.conversation)
    let bytes: [UInt8] = try WireCoding.encode(Sotto_Content_V1_Content(content))
    try checkByteCount(bytes)
    return bytes
  }

  /// - Throws: ``ContentError``. A kind that is not known is no error.
  package static func decode(
    _ bytes: [UInt8], in scope: ContentScope = .direct
  ) throws(ContentError) -> DecodedContent {
    try checkByteCount(bytes)
    let wire: Sotto_Content_V1_Content = try WireCoding.decode(bytes)
    let header = try ContentHeader(reading: wire)
    try scope.check(header.conversation)
    guard let kind = try Content.Kind(reading: wire) else { return .unknown(header: header, raw: bytes) }
    return .known(Content(header: header, kind: kind))
  }

  private static func checkByteCount(_ bytes: [UInt8]) throws(ContentError) {
    guard bytes.count <= ContentLimits.contentByteCount else {
      throw .tooLong(field: .content, limit: ContentLimits.contentByteCount, actual: bytes.count)
    }
  }
}

/// The two protobuf calls, with their options and errors.
enum WireCoding {
  static func encode(_ message: some Message) throws(ContentError) -> [UInt8] {
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    do { return try message.serializedBytes(options: options) } catch { throw .notProtobuf }
  }

  static func decode<Wire: Message>(_ bytes: [UInt8]) throws(ContentError) -> Wire {
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = ContentLimits.nestingDepth
    do { return try Wire(serializedBytes: bytes, options: options) } catch { throw .notProtobuf }
  }
}
