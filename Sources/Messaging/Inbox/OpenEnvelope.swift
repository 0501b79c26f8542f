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
struct NamedEnvelope {
  let named: NamedSender
  let sealingKey: Caches.SealingKey

  var sender: SealedSenderIdentity { named.opened.sender }
  var kind: EnvelopeKind { named.opened.kind }

  /// The payload, nil unless the named device key took part in sealing it.
  func body() throws -> [UInt8]? {
    do { return try sealingKey.openBody(named.opened) } catch SealedSenderError.refused { return nil }
  }
}

extension Caches.SealingKey {
  /// An envelope with its first layer opened now; nil for one that does not open.
  func named(_ envelope: StoredEnvelopeBytes) throws -> NamedEnvelope? {
    try own.openSender(envelope).map { NamedEnvelope(named: $0, sealingKey: self) }
  }
}

extension Messenger {
  /// From sealed bytes to applied content; what is not accepted leaves nothing behind.
  ///
  /// A session message changes something only once it has been decrypted, and then is accepted. A session start may turn out
  /// not to be wanted after something was changed, and so has a savepoint.
  func open(
    _ named: NamedEnvelope?, storedAt: Int64, _ transaction: VaultTransaction
  ) throws -> EnvelopeOutcome {
    guard let named else { return .dropped }
    // A forger can name anybody up to here: nothing is changed before the body has opened.
    let sender = named.sender
    guard !(sender.account == own.account.bytes && sender.device == own.number.value) else { return .dropped }
    let peer = try knownPeer(sender, transaction)
    switch named.kind {
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
      var outcome = EnvelopeOutcome.dropped
      try transaction.savepoint {
        outcome = try receiveStart(payload, sender, peer, storedAt: storedAt, transaction)
        return outcome == .accepted
      }
      return outcome
    case .senderKeyMessage, .ephemeral:
      // Groups are not there yet; ephemeral content never comes from the store.
      return .dropped
    }
  }

  /// The own sealing key that an envelope was sealed to; nil for what is no envelope, or when that key is gone.
  func sealingKey(of envelope: [UInt8], _ transaction: VaultTransaction) throws -> Caches.SealingKey? {
    do {
      return try caches.sealingKey(SealedEnvelope.sealID(of: envelope), transaction)
    } catch SealedSenderError.refused { return nil }
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
