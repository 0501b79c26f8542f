package import ByteLayout
import Primitives
package import SecretMemory
import Verification

/// The rights to take an envelope back and to ask whether it was collected (C10).
package enum DeletionTokens {
  /// The size of the sender's token key.
  package static let tokenKeyByteCount = 32

  /// HMAC(K_tok, "Sotto_DeletionToken_v1" ‖ 0x00 ‖ mailbox ‖ envelopeId)[0..16].
  package static func deletionToken(
    tokenKey: borrowing SecretBytes, mailbox: FixedBytes<32>, envelopeID: FixedBytes<16>
  ) throws(KeyAgreementError) -> FixedBytes<16> {
    var message = MailboxMessage(KeyAgreementLabel.deletionToken, mailbox: mailbox)
    message.writer.append(envelopeID)
    return try message.code(key: tokenKey, keyByteCount: tokenKeyByteCount)
  }

  /// HMAC(K_tok, "Sotto_CollectedToken_v1" ‖ 0x00 ‖ mailbox ‖ envelopeId)[0..16].
  package static func collectedToken(
    tokenKey: borrowing SecretBytes, mailbox: FixedBytes<32>, envelopeID: FixedBytes<16>
  ) throws(KeyAgreementError) -> FixedBytes<16> {
    var message = MailboxMessage(KeyAgreementLabel.collectedToken, mailbox: mailbox)
    message.writer.append(envelopeID)
    return try message.code(key: tokenKey, keyByteCount: tokenKeyByteCount)
  }

  /// H("Sotto_DeletionHash_v1", token)[0..16], which `Put` carries.
  package static func deletionHash(of token: FixedBytes<16>) -> FixedBytes<16> {
    ContentHash.labelled(KeyAgreementLabel.deletionHash, token.array).prefix()
  }

  /// H("Sotto_CollectedHash_v1", token)[0..16], which `Put` carries.
  package static func collectedHash(of token: FixedBytes<16>) -> FixedBytes<16> {
    ContentHash.labelled(KeyAgreementLabel.collectedHash, token.array).prefix()
  }
}
