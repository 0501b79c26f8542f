/// The domain separators of this target (C3, C5).
enum SealedSenderLabel {
  /// Hash over what an envelope is bound to.
  static let transcript = "Sotto_Sealed_v1"
  /// Key of the first part, which names the sender.
  static let sender = [UInt8]("Sotto_Sealed_Sender_v1".utf8)
  /// Key of the second part, which carries the payload.
  static let body = [UInt8]("Sotto_Sealed_Body_v1".utf8)
  /// Additional data of ephemeral messages.
  static let ephemeral = "Sotto_Ephemeral_v1"
}
