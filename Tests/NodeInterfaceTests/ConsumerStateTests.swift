import NodeInterface
import Testing

@Suite struct `The state of a consumer` {
  private func told(_ state: inout ConsumerState, _ range: ClosedRange<Int64>) -> [Int64: Int] {
    var told: [Int64: Int] = [:]
    for seq in range { told[seq] = state.take(seq, isWanted: true) }
    return told
  }

  @Test func `events are told once, and again only after a restart`() throws {
    var state = ConsumerState(acknowledged: 10, sentUpTo: 10)
    #expect(told(&state, 11...13) == [11: 0, 12: 0, 13: 0])
    #expect(state.take(12, isWanted: true) == nil, "an event that was looked at is not told again")
    #expect(try state.acknowledge(upTo: 11))
    #expect(state.doneUpTo == 11)
    state.restart(maxInFlight: 5)
    #expect(state.position == 11)
    #expect(told(&state, 12...14) == [12: 1, 13: 1, 14: 0])
  }

  @Test func `acknowledging is cumulative, never goes back, and takes nothing that was not told`() throws {
    var state = ConsumerState(acknowledged: 0, sentUpTo: 0)
    _ = told(&state, 1...5)
    #expect(throws: ConsumerError.notTold) { try state.acknowledge(upTo: 6) }
    #expect(try state.acknowledge(upTo: 4))
    #expect(try !state.acknowledge(upTo: 2))
    #expect(state.doneUpTo == 4 && state.outstanding == [5])
  }

  @Test func `what is not wanted is done when nothing before it is outstanding`() throws {
    var state = ConsumerState(acknowledged: 0, sentUpTo: 0)
    #expect(state.take(1, isWanted: false) == nil)
    #expect(state.doneUpTo == 1)
    _ = state.take(2, isWanted: true)
    _ = state.take(3, isWanted: false)
    #expect(state.doneUpTo == 1)
    _ = try state.acknowledge(upTo: 2)
    #expect(state.doneUpTo == 3)
  }

  @Test func `no more is told than may be in flight`() throws {
    var state = ConsumerState(acknowledged: 0, sentUpTo: 0, maxInFlight: 2)
    _ = told(&state, 1...2)
    #expect(state.room == 0)
    _ = try state.acknowledge(upTo: 1)
    #expect(state.room == 1)
  }

  @Test func `a rejected event comes again with all after it, in order`() throws {
    var state = ConsumerState(acknowledged: 0, sentUpTo: 0)
    _ = told(&state, 1...4)
    try state.reject(from: 2)
    #expect(state.position == 1 && state.outstanding == [1])
    #expect(told(&state, 2...5) == [2: 1, 3: 1, 4: 1, 5: 0])
    #expect(throws: ConsumerError.notTold) { try state.reject(from: 9) }
  }

  @Test func `what was told before a crash counts as told before`() throws {
    var state = ConsumerState(acknowledged: 3, sentUpTo: 5)
    #expect(told(&state, 4...6) == [4: 1, 5: 1, 6: 0])
    #expect(try state.acknowledge(upTo: 6))
  }
}
