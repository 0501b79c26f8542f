import Primitives
import RelayWire
import SealedSender
import SecretMemory

/// A sealing key of this device, as far as opening the first layer of an envelope needs it.
final class OwnSealingKey: Sendable {
  let pair: X25519KeyPair
  /// nil of a key that was made before there were such secrets.
  let secret: SealingSecret?

  /// Takes what the vault keeps: the scalar (32), and the sealing secret (32).
  init(_ archive: borrowing SecretBytes) throws {
    pair = try X25519KeyPair(scalar: try archive.slice(0..<32))
    secret = archive.byteCount == 64 ? try SealingSecret(try archive.slice(32..<64)) : nil
  }

  /// The first layer: whom c1 names. Depends on nothing but what it is given.
  ///
  /// - Returns: nil for an envelope that does not open.
  func openSender(_ stored: StoredEnvelopeBytes) throws(SealedSenderError) -> NamedSender? {
    do throws(SealedSenderError) {
      return NamedSender(
        try SealedEnvelope.openSender(
          stored.bytes, mailbox: stored.mailbox.bytes, envelopeID: stored.id.bytes, sealingKeyPair: pair,
          sealSecret: secret))
    } catch {
      guard case .refused = error else { throw error }
      return nil
    }
  }
}

/// An envelope, and where it was found.
struct StoredEnvelopeBytes: Sendable {
  let bytes: [UInt8]
  let id: EnvelopeID
  let mailbox: MailboxID
}

/// An envelope whose c1 is open: it names a sender who is not proved yet.
final class NamedSender: Sendable {
  let opened: SenderOpened
  init(_ opened: consuming SenderOpened) { self.opened = opened }
}
