import ByteLayout
import RelayProofs
import RelayWire
import Testing

/// The values come from an independent computation (hashlib) of C7, C8 and C9.
@Suite struct `The log of a mailbox` {
  @Test func `an envelope is hashed with BLAKE2b-256`() throws {
    let hash = MailboxLog.hash(try Envelope([UInt8](repeating: 1, count: 1_024)))
    #expect(hash.bytes.description == "45d8456fc5d41d1ec1124cb92e41192c1c3ec88f0bf7ae2dc6e9cf75bec22045")
  }

  @Test func `the chain of three envelopes is that of C7`() throws {
    var head = MailboxLog.start(relayKey: Sample.relayKey, mailbox: Sample.mailbox)
    #expect(head.description == "fa377554653fdad6a92d806d2e4e3ec173167074a7bdabcf586ab56cba52c069")
    let expected = [
      "bb82020b6f0d396a8eee741dc8878856fe01d77746e86e1043da7d47735ac3fc",
      "69e13028b0d898d92c59e0ef720c38f301e83e14812dc8b34a7223244e71380e",
      "dbe7262fb73cf6cdc8691ba05362b118516121f545509eb2351ed5211c3c46e5",
    ]
    for (index, text) in expected.enumerated() {
      let number = UInt8(index + 1)
      let storedAt = 1_790_000_000 + UInt64(number)
      let leaf = LogLeaf(
        seq: UInt64(number), envelopeID: EnvelopeID(Sample.fixed(0x40 + number)),
        envelopeHash: MailboxLog.hash(try Envelope([UInt8](repeating: number, count: 1_024))), storedAt: storedAt,
        expiresAt: storedAt + 7 * 86_400, deletionHash: DeletionHash(Sample.fixed(0x50 + number)))
      #expect(leaf.bytes.count == 88)
      head = MailboxLog.head(after: head, leaf)
      #expect(head.description == text)
    }
  }

  @Test func `another relay, mailbox or epoch starts another chain`() {
    let start = MailboxLog.start(relayKey: Sample.relayKey, mailbox: Sample.mailbox)
    #expect(start != MailboxLog.start(relayKey: RelayKey(Sample.fixed(0x12)), mailbox: Sample.mailbox))
    #expect(start != MailboxLog.start(relayKey: Sample.relayKey, mailbox: MailboxID(Sample.fixed(0x34))))
    #expect(start != MailboxLog.start(relayKey: Sample.relayKey, mailbox: Sample.mailbox, epoch: 2))
    #expect(start != MailboxLog.start(relayKey: Sample.relayKey, mailbox: Sample.mailbox, lastSeq: 1))
  }
}
