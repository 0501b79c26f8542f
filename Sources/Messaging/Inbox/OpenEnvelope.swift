import ByteLayout
import DoubleRatchet
import KeyAgreement
import MessageContent
import Primitives
import RelayWire
import SealedSender
import Vault
import Verification

/// A device of a contact that an envelope has proved to come from, or that a session start introduces.
struct AuthenticatedPeer {
  var contact: ContactRecord
  var contactBody: ContactBody
  var device: PeerDeviceRecord
  /// The secret chat that its session carries, nil for the direct conversation.
  var secretChat: Int64?
}

/// An envelope whose sender has been named, and not proved yet, with the key that opens the rest.
struct NamedEnvelope: ~Copyable {
  let opened: SenderOpened
  let sealingKey: Caches.SealingKey

  /// The payload, nil unless the named device key took part in sealing it.
  borrowing func body() throws -> [UInt8]? {
    do { return try sealingKey.openBody(opened) } catch SealedSenderError.refused { return nil }
  }
}

extension Messenger {
  /// From sealed bytes to applied content; every early return but the last leaves nothing behind.
  func open(
    _ envelope: [UInt8], id: EnvelopeID, storedAt: Int64, _ mailbox: MailboxState, _ transaction: VaultTransaction
  ) throws -> EnvelopeOutcome {
    guard let named = try openSender(envelope, id: id, mailbox, transaction) else { return .dropped }
    // A forger can name anybody up to here: nothing is changed before the body has opened.
    let sender = named.opened.sender
    guard !(sender.account == own.account.bytes && sender.device == own.number.value) else { return .dropped }
    let peer = try knownPeer(sender, transaction)
    switch named.opened.kind {
    case .sessionMessage:
      guard let peer, let payload = try named.body(),
        let message = parsed({ () throws(LayoutError) in try SessionMessage.parse(payload[...]) })
      else { return .dropped }
      let outcome = try receive(message, from: peer, storedAt: storedAt, transaction)
      guard case .undecryptable = outcome else { return outcome }
      return .undecryptable(
        suspect(
          message, QuarantinedMessage(kind: .sessionMessage, storedAt: storedAt, payload: payload), from: peer,
          transaction))
    case .sessionStart:
      guard let payload = try named.body() else { return .dropped }
      return try receiveStart(payload, sender, peer, storedAt: storedAt, transaction)
    case .senderKeyMessage, .ephemeral:
      // Groups are not there yet; ephemeral content never comes from the store.
      return .dropped
    }
  }

  /// The first layer: which sealing key, and whom c1 names.
  func openSender(
    _ envelope: [UInt8], id: EnvelopeID, _ mailbox: MailboxState, _ transaction: VaultTransaction
  ) throws -> NamedEnvelope? {
    do {
      let sealID = try SealedEnvelope.sealID(of: envelope)
      guard let key = try caches.sealingKey(sealID, transaction) else { return nil }
      let opened = try SealedEnvelope.openSender(
        envelope, mailbox: mailbox.mailbox.bytes, envelopeID: id.bytes, sealingKeyPair: key.pair,
        sealSecret: key.secret)
      return NamedEnvelope(opened: opened, sealingKey: key)
    } catch SealedSenderError.refused {
      return nil
    }
  }

  /// The pinned device that the sealed layer names, nil unless account, number and key all agree (C3).
  func knownPeer(_ sender: SealedSenderIdentity, _ transaction: VaultTransaction) throws -> AuthenticatedPeer? {
    guard let device = try transaction.peerDevice(keyHash: deviceKeyHash(sender.deviceKey.bytes, transaction)),
      device.deviceNumber == sender.device
    else { return nil }
    let (contact, body) = try contactAndBody(device.contactID, transaction)
    guard body.account == sender.account,
      let lists = try pinnedLists(body),
      lists.current.entries.contains(where: {
        $0.device.value == sender.device && $0.deviceKey == sender.deviceKey
      })
    else { return nil }
    return AuthenticatedPeer(contact: contact, contactBody: body, device: device)
  }

  func parsed<Value>(_ parse: () throws(LayoutError) -> Value) -> Value? {
    do throws(LayoutError) { return try parse() } catch { return nil }  // malformed input is a refusal, not a fault
  }
}
