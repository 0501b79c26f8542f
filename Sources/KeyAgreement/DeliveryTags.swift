package import ByteLayout
import Primitives
package import SecretMemory
import Verification

/// What a sender presents to be let into a mailbox (C9). The relay compares hashes and learns nothing about who.
package enum DeliveryTags {
  /// The size of a slot secret, one per contact account or group.
  package static let slotSecretByteCount = 32
  /// The size of an invite token.
  package static let inviteTokenByteCount = 16

  /// HMAC(slot secret, "Sotto_DeliveryTag_v1" ‖ 0x00 ‖ mailbox ‖ day u32)[0..16].
  ///
  /// - Parameter day: ⌊unix seconds / 86 400⌋; a tag serves one mailbox on one day.
  package static func slotTag(
    slotSecret: borrowing SecretBytes, mailbox: FixedBytes<32>, day: UInt32
  ) throws(KeyAgreementError) -> FixedBytes<16> {
    var message = MailboxMessage(KeyAgreementLabel.deliveryTag, mailbox: mailbox)
    message.writer.uint32(day)
    return try message.code(key: slotSecret, keyByteCount: slotSecretByteCount)
  }

  /// HMAC(token, "Sotto_InviteTag_v1" ‖ 0x00 ‖ mailbox)[0..16].
  package static func inviteTag(
    token: borrowing SecretBytes, mailbox: FixedBytes<32>
  ) throws(KeyAgreementError) -> FixedBytes<16> {
    try MailboxMessage(KeyAgreementLabel.inviteTag, mailbox: mailbox)
      .code(key: token, keyByteCount: inviteTokenByteCount)
  }

  /// H("Sotto_Admission_v1", mailbox ‖ tag)[0..16]: how an admission entry at the relay names a tag it has not seen.
  package static func admissionHash(mailbox: FixedBytes<32>, tag: FixedBytes<16>) -> FixedBytes<16> {
    ContentHash.labelled(KeyAgreementLabel.admission, mailbox.array + tag.array).prefix()
  }
}
