/// Why a Content was neither written nor read. Carries sizes, never data.
package enum ContentError: Error, Hashable, Sendable {
  /// The bytes are no protobuf message of the expected type, or hold text that is not UTF-8.
  case notProtobuf
  /// A field, or the whole Content, is over its limit in bytes or elements.
  case tooLong(field: ContentField, limit: Int, actual: Int)
  /// A field of fixed size came with another size.
  case wrongByteCount(field: ContentField, expected: Int, actual: Int)
  /// A field that must be there is empty or absent.
  case missing(ContentField)
  /// A value that no version allows: out of range, out of order, in the wrong place.
  case notAllowed(ContentField)
}

/// The fields that an error can be about.
package enum ContentField: Hashable, Sendable {
  case content, ephemeral, id, conversation, sentAt, kind
  case text, caption, fileName, mimeType, blob
  case receiptKind, receiptIDs, receiptTime
  case token, slotSecret, displayName, replyPath, lists, sealingKey
  case ranges, typingState
  case target, revision, timer, device
  case about, commands, commandName, commandDescription
}
