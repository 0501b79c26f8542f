package import ByteLayout
import FoundationEssentials

/// Proves possession of a mailbox key and passes, or moves, the mailbox's fence (C14, Protocol §6).
package struct OpenMailboxCommand: Hashable, Sendable {
  package let mailbox: MailboxID
  /// (g, n_g) as the owner has it on disk; ``Fence/unopened`` at the first opening.
  package let presented: Fence
  /// n_{g+1}; ``FenceNonce/none`` presents only.
  package let nextNonce: FenceNonce
  /// Ed25519, 64 bytes, over ``RelayAuthentication``'s message.
  package let signature: FixedBytes<64>
  /// The owner's last signed checkpoint (C7), if it has one.
  package let checkpoint: SignedCheckpoint?
  /// Lets the mailbox be made at a relay that asks for it.
  package let registrationToken: RegistrationToken?

  /// - Throws: ``WireError/outOfRange(field:)`` when the proposal equals what is presented, or the generation is too high.
  package init(
    mailbox: MailboxID, presented: Fence, nextNonce: FenceNonce, signature: FixedBytes<64>,
    checkpoint: SignedCheckpoint? = nil, registrationToken: RegistrationToken? = nil
  ) throws(WireError) {
    guard nextNonce == .none || nextNonce != presented.nonce else { throw .outOfRange(field: "next_nonce") }
    self.mailbox = mailbox
    self.presented = Fence(generation: try counter(presented.generation, field: "generation"), nonce: presented.nonce)
    self.nextNonce = nextNonce
    self.signature = signature
    self.checkpoint = checkpoint
    self.registrationToken = registrationToken
  }

  init(_ message: Sotto_Relay_V1_OpenMailbox) throws(WireError) {
    try self.init(
      mailbox: MailboxID(message.mailbox),
      presented: Fence(
        generation: message.generation, nonce: FenceNonce(FixedBytes<16>(message.nonce, field: "nonce"))),
      nextNonce: FenceNonce(FixedBytes<16>(message.nextNonce, field: "next_nonce")),
      signature: FixedBytes<64>(message.signature, field: "signature"),
      checkpoint: message.checkpoint.isEmpty ? nil : SignedCheckpoint(message.checkpoint),
      registrationToken: message.registrationToken.isEmpty
        ? nil : RegistrationToken(FixedBytes<16>(message.registrationToken, field: "registration_token")))
  }

  var message: Sotto_Relay_V1_OpenMailbox {
    var message = Sotto_Relay_V1_OpenMailbox()
    message.mailbox = mailbox.bytes.data
    message.generation = presented.generation
    message.nonce = presented.nonce.bytes.data
    message.nextNonce = nextNonce.bytes.data
    message.signature = signature.data
    if let registrationToken { message.registrationToken = registrationToken.bytes.data }
    if let checkpoint { message.checkpoint = Data(checkpoint.bytes) }
    return message
  }
}
