import Foundation
import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A relay whose clock jumps` {
  private let now = UInt64(Date().timeIntervalSince1970)

  @Test func `by days, ahead and back, over a restart too, loses nothing and lets others put`() async throws {
    let clock = try await Interposer(.wallClock, "0")
    var relay = try await RunningRelay.start(wrapper: clock.wrapper)
    let mailbox = try TestMailbox()
    var owner = try await relay.connect()
    var fence = try await mailbox.open(owner)
    try await mailbox.admit(owner)
    var sender = try await relay.connect()
    var receipts: [EnvelopeID: UInt64] = [:]
    for (step, days) in [0, 3, -3, 400, 0].enumerated() {
      try clock.set("\(days * 86_400)")
      if step == 3 {
        try await relay.kill()
        relay = try await relay.restarted(wrapper: clock.wrapper)
        owner = try await relay.connect()
        fence = try await mailbox.open(owner, presenting: fence)
        sender = try await relay.connect()
      }
      let put = try mailbox.put(retention: .day)
      let receipt = try await sender.put(put)
      let expected = Int64(now) + Int64(days) * 86_400
      #expect(abs(Int64(receipt.storedAt) - expected) < 600, "the relay sees the clock that the test sets")
      receipts[put.envelopeID] = receipt.storedAt
      let found = try await mailbox.fetchAll(owner)
      // What is put while the clock is behind has expired when it is right again (decision 5), and nothing else.
      #expect(found.allSatisfy { receipts[$0.envelopeID] == $0.storedAt })
      let lost = Set(receipts.keys).subtracting(found.map(\.envelopeID))
      #expect(lost.allSatisfy { (receipts[$0] ?? 0) + 86_400 < now + 600 }, "\(days) days")
      #expect(lost.count <= (step > 2 ? 1 : 0), "\(days) days")
    }
    #expect(try await relay.terminate() == .code(0))
  }

  @Test func `deletes when an operator says that it is right`() async throws {
    let clock = try await Interposer(.wallClock, "0")
    let relay = try await RunningRelay.start(wrapper: clock.wrapper)
    let mailbox = try TestMailbox()
    let owner = try await relay.connect()
    let fence = try await mailbox.open(owner)
    try await mailbox.admit(owner)
    _ = try await relay.connect().put(try mailbox.put(retention: .day))
    try await relay.terminate()
    try clock.set("\(3 * 86_400)")
    let prune = try await RunningProcess.run(
      clock.wrapper[0],
      clock.wrapper.dropFirst() + [try BuiltProgram.path("sotto-relay"), "prune", "--data", relay.dataFolder])
    #expect(prune.exit == .code(0), "\(prune.standardError)")
    let again = try await relay.restarted(wrapper: clock.wrapper)
    let reader = try await again.connect()
    try await mailbox.open(reader, presenting: fence)
    #expect(try await mailbox.fetchAll(reader).isEmpty)
  }
}
