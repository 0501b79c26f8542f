import ByteLayout
import KeyAgreement
import Primitives
import SecretMemory
import Testing

/// The expected values come from an independent script on hashlib and hmac.
@Suite("Delivery tags and deletion tokens (C9, C10)") struct DeliveryTagTests {
  let mailbox: FixedBytes<32>
  let otherMailbox: FixedBytes<32>
  let envelope: FixedBytes<16>

  init() throws {
    mailbox = try FixedBytes([UInt8](0..<32))
    otherMailbox = try FixedBytes([UInt8](1..<33))
    envelope = try FixedBytes([UInt8](80..<96))
  }

  private func secret(_ range: Range<UInt8>) throws -> SecretBytes { try SecretBytes(copying: [UInt8](range)) }

  @Test func `a slot tag is this value, and another one each day and mailbox`() throws {
    let slot = try secret(32..<64)
    let tag = try DeliveryTags.slotTag(slotSecret: slot, mailbox: mailbox, day: 20_717)
    #expect(tag.description == "ee01724c2a3f493fa3e3921181f9f916")
    let others = [
      try DeliveryTags.slotTag(slotSecret: slot, mailbox: mailbox, day: 20_718),
      try DeliveryTags.slotTag(slotSecret: slot, mailbox: otherMailbox, day: 20_717),
      try DeliveryTags.slotTag(slotSecret: try secret(33..<65), mailbox: mailbox, day: 20_717),
    ]
    #expect(Set(others + [tag]).count == 4)
    #expect(DeliveryTags.admissionHash(mailbox: mailbox, tag: tag).description == "65bc5d43e472e3bcb0e062851054cdcb")
    #expect(
      DeliveryTags.admissionHash(mailbox: otherMailbox, tag: tag)
        != DeliveryTags.admissionHash(mailbox: mailbox, tag: tag))
  }

  @Test func `an invite tag is this value`() throws {
    let token = try secret(64..<80)
    #expect(
      try DeliveryTags.inviteTag(token: token, mailbox: mailbox).description == "da0046b1d415dbfb6b6ccb2652f4ea00")
  }

  @Test func `tokens and their hashes are these values`() throws {
    let key = try secret(32..<64)
    let deletion = try DeletionTokens.deletionToken(tokenKey: key, mailbox: mailbox, envelopeID: envelope)
    let collected = try DeletionTokens.collectedToken(tokenKey: key, mailbox: mailbox, envelopeID: envelope)
    #expect(deletion.description == "ce570a85492462061365208bda76a16d")
    #expect(collected.description == "49d5dde5216f061da14a6af8969b1a25")
    #expect(DeletionTokens.deletionHash(of: deletion).description == "8925c8d392f90a134d24753adb163e8b")
    #expect(DeletionTokens.collectedHash(of: collected).description == "c7cc41a4a6acaa64f0009658928fecbb")
  }

  @Test func `secrets of another size are refused`() throws {
    let short = try secret(0..<16)
    let long = try secret(0..<32)
    #expect(throws: KeyAgreementError.primitive(.wrongByteCount(expected: 32, actual: 16))) {
      try DeliveryTags.slotTag(slotSecret: short, mailbox: mailbox, day: 1)
    }
    #expect(throws: KeyAgreementError.primitive(.wrongByteCount(expected: 16, actual: 32))) {
      try DeliveryTags.inviteTag(token: long, mailbox: mailbox)
    }
    #expect(throws: KeyAgreementError.primitive(.wrongByteCount(expected: 32, actual: 16))) {
      try DeletionTokens.deletionToken(tokenKey: short, mailbox: mailbox, envelopeID: envelope)
    }
  }
}
