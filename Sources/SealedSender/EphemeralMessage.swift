package import ByteLayout
package import Primitives
package import SecretMemory

/// Content off the chain: typing, presence and the like (C5, Protocol §6 "Ephemeral content").
///
/// ```
/// ephemeral = 0x01 ‖ sessionId(16) ‖ nonce(24) ‖ AEAD(key, nonce, aad "Sotto_Ephemeral_v1" ‖ 0x00 ‖ sessionId, u64 ms ‖ Content)
/// ```
/// The key is the session's exporter key of the direction. It creates and changes no state, is lost without harm, and
/// has no forward secrecy within the session. Does not remember what it has opened: the caller keeps the nonces of the
/// last minute and drops what it has seen.
package struct EphemeralMessage: Hashable, Sendable {
  static let version: UInt8 = 0x01
  /// 60 s, back and forth: what is older is of no use, and so only a minute's nonces have to be remembered.
  package static let maximumAgeMilliseconds: UInt64 = 60_000
  /// What a message adds to its Content.
  package static let overheadByteCount = 1 + 16 + 24 + 8 + 16

  /// Unique to this message: what the caller remembers.
  package let nonce: FixedBytes<24>
  /// When it was sent, milliseconds since 1970, by the sender's clock.
  package let unixMilliseconds: UInt64
  /// A protobuf Ephemeral.
  package let content: [UInt8]

  /// Encrypts `content`.
  ///
  /// - Parameters:
  ///   - key: the exporter key of the own direction, 32 bytes.
  ///   - unixMilliseconds: now.
  ///   - randomness: gives the 24 bytes of the nonce.
  /// - Throws: ``EphemeralMessageError/contentTooLong(limit:actual:)``, ``EphemeralMessageError/primitive(_:)``.
  package static func seal(
    key: borrowing SecretBytes, sessionID: FixedBytes<16>, unixMilliseconds: UInt64, content: [UInt8],
    randomness: some Randomness
  ) throws(EphemeralMessageError) -> [UInt8] {
    guard content.count <= SessionPlaintext.maximumContentByteCount else {
      throw .contentTooLong(limit: SessionPlaintext.maximumContentByteCount, actual: content.count)
    }
    let nonce: FixedBytes<24> = randomness.fixed()
    var plaintext = LayoutWriter(capacity: 8 + content.count)
    plaintext.uint64(unixMilliseconds)
    plaintext.append(content)
    var message = LayoutWriter(capacity: overheadByteCount + content.count)
    message.uint8(version)
    message.append(sessionID)
    message.append(nonce)
    do throws(PrimitiveError) {
      message.append(
        try XChaCha20Poly1305.seal(
          plaintext.bytes, key: key, nonce: nonce, additionalData: additionalData(sessionID)))
    } catch {
      throw .primitive(error)
    }
    return message.bytes
  }

  /// Which session's key opens the message.
  ///
  /// - Throws: ``EphemeralMessageError/refused``.
  package static func sessionID(of message: [UInt8]) throws(EphemeralMessageError) -> FixedBytes<16> {
    try Parts(message).sessionID
  }

  /// Decrypts a message and judges its time.
  ///
  /// - Parameters:
  ///   - key: the exporter key of the peer's direction, 32 bytes.
  ///   - sessionID: the session that the key belongs to; another one in the message is refused.
  ///   - nowUnixMilliseconds: the own clock.
  /// - Throws: ``EphemeralMessageError``: `refused`, `tooOld`, `fromTheFuture`, or `primitive` for local failures.
  package static func open(
    _ message: [UInt8], key: borrowing SecretBytes, sessionID: FixedBytes<16>, nowUnixMilliseconds now: UInt64
  ) throws(EphemeralMessageError) -> EphemeralMessage {
    let parts = try Parts(message)
    guard parts.sessionID == sessionID else { throw .refused }
    let plaintext: [UInt8]
    do throws(PrimitiveError) {
      plaintext = try XChaCha20Poly1305.open(
        parts.ciphertext, key: key, nonce: parts.nonce, additionalData: additionalData(sessionID))
    } catch {
      throw .opening(error)
    }
    var reader = LayoutReader(plaintext)
    let sent: UInt64
    do throws(LayoutError) { sent = try reader.uint64() } catch { throw .refused }
    if sent < now, now - sent > maximumAgeMilliseconds { throw .tooOld }
    if sent > now, sent - now > maximumAgeMilliseconds { throw .fromTheFuture }
    let content = [UInt8](reader.rest())
    guard content.count <= SessionPlaintext.maximumContentByteCount else { throw .refused }
    return EphemeralMessage(nonce: parts.nonce, unixMilliseconds: sent, content: content)
  }

  private init(nonce: FixedBytes<24>, unixMilliseconds: UInt64, content: [UInt8]) {
    self.nonce = nonce
    self.unixMilliseconds = unixMilliseconds
    self.content = content
  }

  private static func additionalData(_ sessionID: FixedBytes<16>) -> [UInt8] {
    [UInt8](SealedSenderLabel.ephemeral.utf8) + [0] + sessionID.array
  }

  private struct Parts {
    let sessionID: FixedBytes<16>
    let nonce: FixedBytes<24>
    let ciphertext: [UInt8]

    init(_ message: [UInt8]) throws(EphemeralMessageError) {
      var reader = LayoutReader(message)
      do throws(LayoutError) {
        try reader.expect(EphemeralMessage.version, field: "ephemeral version")
        sessionID = try reader.fixed()
        nonce = try reader.fixed()
      } catch {
        throw .refused
      }
      ciphertext = [UInt8](reader.rest())
    }
  }
}
