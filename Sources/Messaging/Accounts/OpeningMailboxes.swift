import ByteLayout
import KeyAgreement
import Primitives
package import RelayWire
import Vault
import Verification

/// What follows from the relay's answer to an opening.
package enum OpeningOutcome: Hashable, Sendable {
  /// The mailbox is ours on this connection.
  case open
  /// The relay already held the proposed nonce (a repeat after a crash): propose a fresh one at once (Protocol §3).
  case proposeAgain
}

extension Messenger {
  /// Builds the owner's proof for one mailbox and puts the proposed fence nonce on disk before it is sent (Protocol §3, C14).
  ///
  /// - Throws: ``MessagingError/wrongRelayKey`` when the relay is not the one that the route names,
  ///   ``MessagingError/vaultCopied`` when this vault has been told that it is a copy.
  package func prepareOpening(mailbox id: Int64, challenge: RelayChallenge, relayKey: RelayKey) throws
    -> OpenMailboxCommand
  {
    try vault.write { transaction in
      let takesOver = try isTakingOver(id, transaction)
      guard try takesOver || transaction.deviceValue(.copied) == nil else { throw MessagingError.vaultCopied }
      var state = try mailboxState(id, transaction)
      let presented = takesOver ? Fence.takingOver : state.fence
      guard state.relayKey == relayKey else { throw MessagingError.wrongRelayKey }
      let next = state.proposed ?? FenceNonce(environment.randomness.fixed())
      state.proposed = next
      try setMailboxState(id, state, transaction)
      let key = try Ed25519SigningKey(seed: try transaction.mailboxSeed(id: id))
      let message = RelayAuthentication.message(
        relayKey: relayKey, challenge: challenge, mailbox: state.mailbox, generation: presented.generation,
        nonce: presented.nonce, nextNonce: next)
      let signature = try key.signature(label: RelayAuthentication.label, body: message)
      return try OpenMailboxCommand(
        mailbox: state.mailbox, presented: presented, nextNonce: next, signature: signature.bytes,
        checkpoint: state.checkpoint, registrationToken: try registrationToken(transaction))
    }
  }

  /// The relay has taken the proposal.
  ///
  /// What the answer says of the log is not signed and changes nothing here: a new epoch, or a head behind what was seen,
  /// is judged by the signed page that shows it.
  /// - Throws: ``MessagingError/vaultCopied`` when the relay has seen more acknowledged than this vault ever read.
  package func openingAccepted(mailbox id: Int64, reply: OpenReply) throws -> OpeningOutcome {
    let outcome: OpeningOutcome? = try vault.write { transaction in
      var state = try mailboxState(id, transaction)
      if try isTakingOver(id, transaction) {
        try tookOver(id, &state, reply: reply, transaction)
      } else {
        guard reply.acknowledged <= state.cursor else {
          try noteCopied(transaction)
          return nil
        }
      }
      state.fence = Fence(generation: reply.generation, nonce: state.proposed ?? state.fence.nonce)
      state.proposed = nil
      if try registrationToken(transaction) != nil { try transaction.setDeviceValue(.registrationToken, []) }
      state.returnToCheckpoint()
      if reply.oneTimeLeft < environment.oneTimePrekeyFloor { state.wantsOneTimeRefill = true }
      try setMailboxState(id, state, transaction)
      return reply.wasRepeat ? .proposeAgain : .open
    }
    guard let outcome else { throw MessagingError.vaultCopied }
    return outcome
  }

  /// Keeps a relay operator's token (C16) for the first opening; it is forgotten when the mailbox is there.
  package func keep(_ token: RegistrationToken) throws {
    try vault.write { transaction in try transaction.setDeviceValue(.registrationToken, token.bytes.array) }
  }

  private func registrationToken(_ transaction: VaultTransaction) throws -> RegistrationToken? {
    guard let bytes = try transaction.deviceValue(.registrationToken), !bytes.isEmpty else { return nil }
    return RegistrationToken(try FixedBytes(bytes))
  }

  /// The relay refused the fence, or another connection has taken the mailbox: this vault is a copy, or has one.
  ///
  /// Nothing is sent from it any more; its sessions only receive. The user is told once.
  package func wasFenced() throws {
    try vault.write { transaction in try noteCopied(transaction) }
  }

  /// Whether this vault has been told that it is a copy.
  package func isCopied() throws -> Bool {
    try vault.read { transaction in try transaction.deviceValue(.copied) != nil }
  }

  private func noteCopied(_ transaction: VaultTransaction) throws {
    guard try transaction.deviceValue(.copied) == nil else { return }
    var writer = LayoutWriter()
    writer.uint64(UInt64(clamping: nowSeconds))
    try transaction.setDeviceValue(.copied, writer.bytes)
    for contact in try transaction.contacts() {
      for peer in try transaction.peerDevices(contactID: contact.id) {
        for var session in try transaction.sessions(peerDeviceID: peer.id) {
          session.state = SessionState.receiveOnly.rawValue
          try transaction.updateSession(session)
        }
      }
    }
    try appendEvent(.vaultCopied, message: nil, transaction)
  }
}
