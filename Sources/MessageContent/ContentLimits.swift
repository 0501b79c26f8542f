/// The bounds of a Content. All in bytes unless the name says otherwise.
package enum ContentLimits {
  /// 56 KiB: with every layer around it a Content still fits the largest envelope.
  package static let contentByteCount = 57_344
  /// 48 KiB of UTF-8: longer text is a file.
  package static let textByteCount = 49_152
  /// What the common file systems allow for one name.
  package static let fileNameByteCount = 255
  package static let mimeTypeByteCount = 127
  /// A relay's host and port (C1).
  static let relayByteCount = 255
  package static let displayNameByteCount = 128
  /// What an account says about itself.
  package static let aboutByteCount = 512
  /// Commands in the menu of a bot, and the bytes of each one's name and description.
  package static let commandCount = 64
  package static let commandNameByteCount = 32
  package static let commandDescriptionByteCount = 128
  /// The conversation field of groups.
  package static let conversationByteCount = 32
  /// u8 ‖ two device lists of at most 3 072 bytes, each with its length (C1).
  package static let listsByteCount = 6_149
  /// Off the chain travels only what is small.
  package static let ephemeralByteCount = 4_096
  package static let receiptIDCount = 1_024
  package static let goneRangeCount = 256
  /// How many messages one request may ask for again (Protocol §6).
  package static let retryMessageCount = 100
  /// What a timer of a conversation may be set to, in seconds: 5 s … 365 days.
  package static let timerSeconds: ClosedRange<UInt32> = 5...31_536_000
  /// Deeper nesting than any kind needs is refused while it is read.
  static let nestingDepth = 16
}
