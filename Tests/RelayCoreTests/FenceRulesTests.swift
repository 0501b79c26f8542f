import ByteLayout
import RelayCore
import RelayWire
import Testing

@Suite struct `The fence of a mailbox` {
  private func nonce(_ byte: UInt8) -> FenceNonce { FenceNonce(Sample.fixed(byte)) }
  private func fence(_ generation: UInt64, _ byte: UInt8) -> Fence {
    Fence(generation: generation, nonce: nonce(byte))
  }

  @Test func `the first opening creates the mailbox at generation 1`() {
    #expect(FenceRules.judge(stored: nil, presented: .unopened, next: nonce(1)) == .accepted(fence(1, 1)))
  }

  @Test func `an unknown mailbox is not created by a later fence, nor by presenting only`() {
    #expect(FenceRules.judge(stored: nil, presented: fence(3, 3), next: nonce(4)) == .fenced)
    #expect(FenceRules.judge(stored: nil, presented: fence(0, 9), next: nonce(4)) == .fenced)
    #expect(FenceRules.judge(stored: nil, presented: .unopened, next: .none) == .fenced)
  }

  @Test func `the holder of the fence moves it by one`() {
    #expect(FenceRules.judge(stored: fence(4, 4), presented: fence(4, 4), next: nonce(5)) == .accepted(fence(5, 5)))
  }

  @Test func `a proposal repeated after a crash is known and changes nothing`() {
    #expect(FenceRules.judge(stored: fence(5, 5), presented: fence(4, 4), next: nonce(5)) == .repeated(fence(5, 5)))
    #expect(FenceRules.judge(stored: fence(1, 1), presented: .unopened, next: nonce(1)) == .repeated(fence(1, 1)))
  }

  @Test func `presenting only needs exactly the fence in force`() {
    #expect(FenceRules.judge(stored: fence(5, 5), presented: fence(5, 5), next: .none) == .present(fence(5, 5)))
    #expect(FenceRules.judge(stored: fence(5, 5), presented: fence(5, 6), next: .none) == .fenced)
    #expect(FenceRules.judge(stored: fence(5, 5), presented: fence(4, 5), next: .none) == .fenced)
    #expect(FenceRules.judge(stored: fence(5, 5), presented: fence(6, 5), next: .none) == .fenced)
  }

  @Test func `a clone that proposes from an older fence is fenced`() {
    // Original and clone both hold (4, n4); the original went on to (5, n5).
    #expect(FenceRules.judge(stored: fence(5, 5), presented: fence(4, 4), next: nonce(6)) == .fenced)
    #expect(FenceRules.judge(stored: fence(5, 5), presented: fence(3, 3), next: nonce(5)) == .fenced)
    #expect(FenceRules.judge(stored: fence(5, 5), presented: .unopened, next: nonce(9)) == .fenced)
  }

  @Test func `the right generation with a foreign nonce is fenced`() {
    #expect(FenceRules.judge(stored: fence(5, 5), presented: fence(5, 7), next: nonce(6)) == .fenced)
  }

  @Test func `who takes over gets the next fence whatever is in force, and a repeat of it is known`() {
    #expect(FenceRules.judge(stored: fence(5, 5), presented: .takingOver, next: nonce(9)) == .accepted(fence(6, 9)))
    #expect(FenceRules.judge(stored: fence(6, 9), presented: .takingOver, next: nonce(9)) == .repeated(fence(6, 9)))
    #expect(FenceRules.judge(stored: nil, presented: .takingOver, next: nonce(9)) == .accepted(fence(1, 9)))
    #expect(FenceRules.judge(stored: fence(5, 5), presented: .takingOver, next: .none) == .fenced)
    #expect(FenceRules.judge(stored: nil, presented: .takingOver, next: .none) == .fenced)
    // The copy that was left behind is fenced from then on.
    #expect(FenceRules.judge(stored: fence(6, 9), presented: fence(5, 5), next: nonce(6)) == .fenced)
  }

  @Test func `of two clones that propose at once only the first goes on`() {
    var stored: Fence? = fence(4, 4)
    var accepted = 0
    for proposal in [nonce(5), nonce(6)] {
      if case .accepted(let next) = FenceRules.judge(stored: stored, presented: fence(4, 4), next: proposal) {
        stored = next
        accepted += 1
      }
    }
    #expect(accepted == 1)
    #expect(stored == fence(5, 5))
  }
}
