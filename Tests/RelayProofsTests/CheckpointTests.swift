import ByteLayout
import FoundationEssentials
import RelayProofs
import RelaySupport
import RelayWire
import Testing
import Verification

@Suite struct `A signed checkpoint` {
  @Test func `is its relay's, of its mailbox, with every bit`() throws {
    let key = try TestRelayKey()
    let checkpoint = Checkpoint(
      relayKey: key.relayKey, mailbox: Sample.mailbox, epoch: 2, seq: 7, head: Sample.fixed(0x77), at: 1_790_000_000)
    let signed = try key.sign(checkpoint)
    #expect(signed.isValid(relayKey: key.relayKey, mailbox: Sample.mailbox))
    #expect(!signed.isValid(relayKey: try TestRelayKey(2).relayKey, mailbox: Sample.mailbox))
    #expect(!signed.isValid(relayKey: key.relayKey, mailbox: MailboxID(Sample.fixed(0x34))))
    #expect(signed.bytes.count == 181)
    for index in signed.bytes.indices.dropFirst() {
      var bytes = signed.bytes
      bytes[index] ^= 1
      let changed = try SignedCheckpoint(Data(bytes))
      #expect(!changed.isValid(relayKey: key.relayKey, mailbox: Sample.mailbox), "byte \(index)")
    }
  }

  @Test func `of an expired gap is believed up to an hour before its time, by our clock`() {
    let gap = LogGap(leaf: leaf(expiresAt: 10_000), reason: .expired)
    #expect(gap.isExplained(now: 10_000))
    #expect(gap.isExplained(now: 6_400))
    #expect(!gap.isExplained(now: 6_399))
    #expect(!LogGap(leaf: leaf(expiresAt: .max), reason: .expired).isExplained(now: 10_000))
  }

  @Test func `of a retracted gap is believed with the token of its deletion hash alone`() throws {
    let token: FixedBytes<16> = Sample.fixed(0x21)
    let hash = DeletionHash(ContentHash.labelled("Sotto_DeletionHash_v1", token.array).prefix())
    let gap = LogGap(leaf: leaf(expiresAt: .max, hash), reason: .retracted(DeletionToken(token)))
    #expect(gap.isExplained(now: 0))
    #expect(
      !LogGap(leaf: leaf(expiresAt: .max, hash), reason: .retracted(DeletionToken(Sample.fixed(0x22))))
        .isExplained(now: 0))
  }

  private func leaf(expiresAt: UInt64, _ hash: DeletionHash = DeletionHash(Sample.fixed(5))) -> LogLeaf {
    LogLeaf(
      seq: 1, envelopeID: EnvelopeID(Sample.fixed(1)), envelopeHash: EnvelopeHash(Sample.fixed(2)), storedAt: 3,
      expiresAt: expiresAt, deletionHash: hash)
  }
}
