import ByteLayout
import FoundationEssentials

/// Takes an envelope back that is not acknowledged yet (C10). The token is all that shows the right to do it, and the
/// answer is the same whatever the relay found (R1).
package struct RetractCommand: Hashable, Sendable {
  package let mailbox: MailboxID
  package let envelopeID: EnvelopeID
  package let token: DeletionToken

  package init(mailbox: MailboxID, envelopeID: EnvelopeID, token: DeletionToken) {
    self.mailbox = mailbox
    self.envelopeID = envelopeID
    self.token = token
  }

  init(_ message: Sotto_Relay_V1_Retract) throws(WireError) {
    try self.init(
      mailbox: MailboxID(message.mailbox), envelopeID: EnvelopeID(message.envelopeID),
      token: DeletionToken(FixedBytes<16>(message.token, field: "token")))
  }

  var message: Sotto_Relay_V1_Retract {
    var message = Sotto_Relay_V1_Retract()
    message.mailbox = mailbox.bytes.data
    message.envelopeID = envelopeID.bytes.data
    message.token = token.bytes.data
    return message
  }
}

extension DeletionHash {
  /// The label under which a relay hashes a token that it is shown (C10).
  package static let label = "Sotto_DeletionHash_v1"
}
