import ByteLayout
import FoundationEssentials

/// Asks for one page of a mailbox.
package struct FetchCommand: Hashable, Sendable {
  package let mailbox: MailboxID
  /// The highest seq that the owner has; 0: none.
  package let after: UInt64
  /// Envelopes and gaps, 1 … 500.
  package let limit: Int
  /// 0: answer at once; else wait until something is there, ≤ 30 000.
  package let waitMilliseconds: UInt32

  /// - Throws: ``WireError/outOfRange(field:)`` for a limit or a wait that is not allowed.
  package init(
    mailbox: MailboxID, after: UInt64, limit: Int = WireLimits.maximumPageItems, waitMilliseconds: UInt32 = 0
  ) throws(WireError) {
    guard (1...WireLimits.maximumPageItems).contains(limit) else { throw .outOfRange(field: "limit") }
    guard waitMilliseconds <= WireLimits.maximumWaitMilliseconds else { throw .outOfRange(field: "wait_milliseconds") }
    self.mailbox = mailbox
    self.after = try counter(after, field: "after")
    self.limit = limit
    self.waitMilliseconds = waitMilliseconds
  }

  init(_ message: Sotto_Relay_V1_Fetch) throws(WireError) {
    try self.init(
      mailbox: MailboxID(message.mailbox), after: message.after, limit: Int(message.limit),
      waitMilliseconds: message.waitMilliseconds)
  }

  var message: Sotto_Relay_V1_Fetch {
    var message = Sotto_Relay_V1_Fetch()
    message.mailbox = mailbox.bytes.data
    message.after = after
    message.limit = UInt32(limit)
    message.waitMilliseconds = waitMilliseconds
    return message
  }
}

/// Asks for pages from after + 1 on to be pushed, for as long as the connection lives.
package struct SubscribeCommand: Hashable, Sendable {
  package let mailbox: MailboxID
  package let after: UInt64

  package init(mailbox: MailboxID, after: UInt64) throws(WireError) {
    self.mailbox = mailbox
    self.after = try counter(after, field: "after")
  }

  private init(behindAllOf mailbox: MailboxID) {
    self.mailbox = mailbox
    after = WireLimits.maximumCounter
  }

  /// Asks for ephemeral envelopes, and for no pages: there is nothing behind the last seq.
  package static func ephemeralOnly(_ mailbox: MailboxID) -> SubscribeCommand { SubscribeCommand(behindAllOf: mailbox) }

  init(_ message: Sotto_Relay_V1_Subscribe) throws(WireError) {
    try self.init(mailbox: MailboxID(message.mailbox), after: message.after)
  }

  var message: Sotto_Relay_V1_Subscribe {
    var message = Sotto_Relay_V1_Subscribe()
    message.mailbox = mailbox.bytes.data
    message.after = after
    return message
  }
}

/// Tells the relay what the owner has safely, and will not ask for again.
package struct AcknowledgeCommand: Hashable, Sendable {
  package let mailbox: MailboxID
  /// Everything up to here; 0: only ``seqs``.
  package let upTo: UInt64
  /// Single envelopes above ``upTo``, ≥ 1 each.
  package let seqs: [UInt64]

  /// - Throws: ``WireError/missing(field:)`` when nothing is acknowledged, ``WireError/outOfRange(field:)`` for seq 0.
  package init(mailbox: MailboxID, upTo: UInt64, seqs: [UInt64] = []) throws(WireError) {
    guard upTo > 0 || !seqs.isEmpty else { throw .missing(field: "up_to") }
    try bounded(seqs.count, limit: WireLimits.maximumAcknowledgedSeqs, field: "seqs")
    for seq in seqs where seq == 0 || seq > WireLimits.maximumCounter { throw .outOfRange(field: "seqs") }
    self.mailbox = mailbox
    self.upTo = try counter(upTo, field: "up_to")
    self.seqs = seqs
  }

  init(_ message: Sotto_Relay_V1_Acknowledge) throws(WireError) {
    try self.init(mailbox: MailboxID(message.mailbox), upTo: message.upTo, seqs: message.seqs)
  }

  var message: Sotto_Relay_V1_Acknowledge {
    var message = Sotto_Relay_V1_Acknowledge()
    message.mailbox = mailbox.bytes.data
    message.upTo = upTo
    message.seqs = seqs
    return message
  }
}
