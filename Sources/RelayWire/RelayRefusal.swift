/// Why a relay does not do what it was asked (Protocol R12).
package struct RelayRefusal: Error, Hashable, Sendable {
  /// The closed set of reasons.
  package enum Code: Int, Hashable, Sendable, CaseIterable {
    /// A field has the wrong size or a value that is not allowed.
    case malformed = 1
    /// An owner's command for a mailbox that this connection has not opened.
    case notOpened = 2
    /// A sender's command on an owner's connection, or the other way round.
    case wrongParty = 3
    /// The signature does not verify.
    case unauthenticated = 4
    /// The fence says that this is a copy.
    case fenced = 5
    /// Unknown mailbox, unknown, spent or outdated tag: always this, and alike (R9).
    case notAdmitted = 6
    /// The same envelope id with other bytes.
    case conflict = 7
    case overQuota = 8
    case rateLimited = 9
    case tooLarge = 10
    /// The store cannot be written.
    case unavailable = 11
    /// This relay takes no new mailboxes.
    case registrationClosed = 12
    /// A new mailbox needs a registration token, and none that is good came.
    case registrationToken = 13
    /// An envelope of class request needs ``RelayRefusal/workBits`` of work (C15).
    case workNeeded = 14
    /// A code that this version does not know; treated as a refusal for good.
    case unknown = 0
  }

  package let code: Code
  /// Plain English, for people; names no mailbox. ≤ 1 024 bytes.
  package let explanation: String
  /// 0: no use in waiting.
  package let retryAfterSeconds: UInt32
  /// With ``Code/workNeeded``: how much work; else 0.
  package let workBits: UInt32

  package init(_ code: Code, _ explanation: String, retryAfterSeconds: UInt32 = 0, workBits: UInt32 = 0) {
    self.code = code
    self.explanation = explanation
    self.retryAfterSeconds = retryAfterSeconds
    self.workBits = workBits
  }

  init(_ message: Sotto_Relay_V1_Refusal) throws(WireError) {
    try bounded(message.explanation.utf8.count, limit: WireLimits.maximumExplanationByteCount, field: "explanation")
    self.init(
      Code(rawValue: message.code.rawValue) ?? .unknown, message.explanation,
      retryAfterSeconds: message.retryAfterSeconds, workBits: message.workBits)
  }

  var message: Sotto_Relay_V1_Refusal {
    var message = Sotto_Relay_V1_Refusal()
    message.code = Sotto_Relay_V1_RefusalCode(rawValue: code.rawValue) ?? .unspecified
    message.explanation = explanation
    message.retryAfterSeconds = retryAfterSeconds
    message.workBits = workBits
    return message
  }
}
