import ByteLayout
import RelayCore
import RelayWire
import Testing

@Suite struct `A relay that is shown its own checkpoint` {
  private func checkpoint(epoch: UInt32 = 2, seq: UInt64 = 10, head: UInt8 = 0xAA) -> Checkpoint {
    Checkpoint(
      relayKey: Sample.relayKey, mailbox: Sample.mailbox, epoch: epoch, seq: seq, head: Sample.fixed(head), at: 1)
  }

  private func shows(
    _ checkpoint: Checkpoint, _ known: EpochRules.Log?, head: UInt8? = 0xAA
  ) -> Bool {
    EpochRules.showsRollback(checkpoint, known: known, headAtSeq: head.map { Sample.fixed($0) })
  }

  @Test func `that it has knows of no rollback`() {
    #expect(!shows(checkpoint(), EpochRules.Log(epoch: 2, seq: 10)))
    #expect(!shows(checkpoint(), EpochRules.Log(epoch: 2, seq: 12)))
    // The place was acknowledged and deleted since.
    #expect(!shows(checkpoint(), EpochRules.Log(epoch: 2, seq: 12), head: nil))
  }

  @Test func `of an earlier epoch knows of no further rollback`() {
    #expect(!shows(checkpoint(epoch: 1, seq: 99), EpochRules.Log(epoch: 2, seq: 10), head: nil))
  }

  @Test func `that it does not have was rolled back`() {
    #expect(shows(checkpoint(), nil, head: nil))
    #expect(shows(checkpoint(), EpochRules.Log(epoch: 2, seq: 9), head: nil))
    #expect(shows(checkpoint(), EpochRules.Log(epoch: 1, seq: 50)))
    // Others put as much again since it was restored: the head tells.
    #expect(shows(checkpoint(), EpochRules.Log(epoch: 2, seq: 10), head: 0xBB))
    #expect(shows(checkpoint(), EpochRules.Log(epoch: 2, seq: 30), head: 0xBB))
  }
}
