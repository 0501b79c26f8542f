import Ambient
import ByteLayout
import KeyAgreement
import MessageContent
import Primitives
import RelayWire
import SealedSender
import SecretMemory
import Vault
import Verification

/// Something that is worth telling only now.
package enum EphemeralEvent: Hashable, Sendable {
  case typing(contact: Int64, isTyping: Bool)
}

extension Messenger {
  /// A typing notice, sealed off the chain (C5): changes no state, so that losing it costs nothing.
  ///
  /// - Returns: nil while there is no session, slot or sealing key to send it with.
  package func typing(_ isTyping: Bool, to contact: Int64) throws -> PutWork? {
    try vault.read { transaction in
      let (_, body) = try contactAndBody(contact, transaction)
      guard let lists = try pinnedLists(body),
        let peer = try transaction.peerDevices(contactID: contact).first,
        let session = try sendingSession(peer: peer.id, transaction)
      else { return nil }
      let exporters = try transaction.sessionExporters(id: session.id)
      let peerBody = try PeerDeviceBody(peer.body)
      guard peerBody.sealID != 0,
        let route = lists.current.entries.first(where: { $0.deviceKey.bytes == peerBody.deviceKey })?.routes.first,
        let tag = try tag(contact: contact, mailbox: route.mailbox, transaction)
      else { return nil }
      let key = try exporters.slice(session.body.isInitiator ? 0..<32 : 32..<64)
      let payload = try EphemeralMessage.seal(
        key: key, sessionID: session.body.sessionID, unixMilliseconds: UInt64(clamping: now.milliseconds),
        content: try EphemeralCodec.encode(EphemeralContent(kind: .typing(isTyping ? .started : .stopped))),
        randomness: environment.randomness)
      let envelopeID: FixedBytes<16> = environment.randomness.fixed()
      let envelope = try SealedEnvelope.seal(
        payload: payload, kind: .ephemeral, sender: own.sealedSenderIdentity,
        senderAgreementKeyPair: own.identity.agreementKeyPair, mailbox: route.mailbox, envelopeID: envelopeID,
        sealID: peerBody.sealID, sealKey: try X25519PublicKey(validating: peerBody.sealKey),
        sealSecret: try peerBody.sealingSecret(),
        randomness: environment.randomness)
      let token = try DeletionTokens.deletionToken(
        tokenKey: own.tokenKey, mailbox: route.mailbox, envelopeID: envelopeID)
      return PutWork(
        outboxID: 0, contactID: contact, host: route.host, relayKey: RelayKey(route.relayKey),
        command: PutCommand(
          mailbox: MailboxID(route.mailbox), envelopeID: EnvelopeID(envelopeID), tag: tag,
          envelope: try Envelope(envelope), retention: .day,
          deletionHash: DeletionHash(DeletionTokens.deletionHash(of: token)), isEphemeral: true))
    }
  }

  func openEphemeral(
    _ envelope: [UInt8], id: EnvelopeID, _ mailbox: MailboxState, _ transaction: VaultTransaction
  ) throws -> EphemeralEvent? {
    guard let key = try sealingKey(of: envelope, transaction),
      let named = try key.named(StoredEnvelopeBytes(bytes: envelope, id: id, mailbox: mailbox.mailbox)),
      named.kind == .ephemeral, let peer = try knownPeer(named.sender, transaction),
      peer.contact.status == ContactStatus.accepted.rawValue, let payload = try named.body()
    else { return nil }
    let message: EphemeralMessage
    do {
      let sessionID = try EphemeralMessage.sessionID(of: payload)
      guard let session = try transaction.session(sessionHash: sessionHash(sessionID, transaction)),
        session.peerDeviceID == peer.device.id
      else { return nil }
      let exporters = try transaction.sessionExporters(id: session.id)
      let isInitiator = try SessionBody(session.body).isInitiator
      // The peer's direction: what the initiator seals with, the responder opens with.
      let key = try exporters.slice(isInitiator ? 32..<64 : 0..<32)
      message = try EphemeralMessage.open(
        payload, key: key, sessionID: sessionID, nowUnixMilliseconds: UInt64(clamping: now.milliseconds))
    } catch is EphemeralMessageError {
      return nil
    }
    let seen = transaction.lookup(label: "ephemeral", message.nonce.array)
    guard try !transaction.isSeenEphemeral(hash: seen) else { return nil }
    try transaction.insertSeenEphemeral(hash: seen, keepUntil: nowSeconds + 180)
    do throws(ContentError) {
      guard case .typing(let state) = try EphemeralCodec.decode(message.content).kind else { return nil }
      return .typing(contact: peer.contact.id, isTyping: state == .started)
    } catch { return nil }  // authentic, but malformed
  }
}
