package import Primitives

/// Why the sealed layer did not do what was asked. Carries sizes, never data.
package enum SealedSenderError: Error, Hashable, Sendable {
  /// An envelope was not opened. One case for everything that a forger, a relay or damage could cause: size, version,
  /// key, mailbox, envelope id, tags, claimed sender, padding (Protocol §9, attacks 17 and 18). It has no effect but a
  /// count.
  case refused
  /// The payload does not fit the largest envelope.
  case payloadTooLong(limit: Int, actual: Int)
  /// The sender's own account id or device number is not one that an envelope may carry.
  case invalidSender
  /// A cached ``StaticAgreement`` was made for another device key or another sealing key.
  case agreementMismatch
  /// A local failure (no locked memory, unusable library), or a recipient's sealing key that is of no use for sealing.
  case primitive(PrimitiveError)

  /// Tells local failures from what the envelope's bytes caused; the latter all become ``refused``.
  static func opening(_ error: PrimitiveError) -> SealedSenderError {
    switch error {
    case .libraryUnusable, .secretMemory: .primitive(error)
    default: .refused
    }
  }
}
