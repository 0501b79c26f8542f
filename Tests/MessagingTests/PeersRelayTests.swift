import Ambient
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Vault

/// A contact's relay that was set back, as the sender sees it (Protocol §6, "Rolled-back relays").
@Suite struct PeersRelayTests {
  @Test func `what a relay lost when it was set back is put again when the sender learns of its new epoch`() throws {
    let (pair, _) = try Pair.talking()
    let copy = try pair.bob.relay.backup()
    // Bob has read further than the copy goes: he can show that it was set back. (Otherwise only the numbers do.)
    try pair.alice.say("seen", to: "bob")
    try pair.settle()
    for number in 1...4 { try pair.alice.say("lost \(number)", to: "bob") }
    try pair.alice.sendAll()
    #expect(try pair.alice.states(with: "bob").suffix(4).allSatisfy { $0 == .stored })
    // The operator puts the old copy in place; everything since is gone. The owner shows what it had.
    try pair.bob.relay.restore(copy)
    try pair.bob.goOnline()
    try pair.bob.receiveAll()
    try pair.alice.goOnline()
    #expect(try pair.bob.transcript(with: "Alice").contains("<lost 1") == false)
    try pair.alice.say("later", to: "bob")
    let before = pair.alice.putCount
    try pair.alice.sendAll()
    #expect(pair.alice.putCount - before >= 5, "the new one, and what was not acknowledged")
    try pair.settle()
    let shown = try pair.bob.transcript(with: "Alice").filter { $0.hasPrefix("<") }
    #expect(Set(shown.suffix(5)) == ["<lost 1", "<lost 2", "<lost 3", "<lost 4", "<later"])
    #expect(try pair.alice.states(with: "bob").allSatisfy { $0 == .delivered })
    let after = pair.alice.putCount
    try pair.alice.say("calm", to: "bob")
    try pair.alice.sendAll()
    #expect(pair.alice.putCount == after + 1, "an epoch counts once")
  }

  @Test func `a relay that claims a new epoch with every receipt makes nothing endless`() throws {
    let (pair, _) = try Pair.talking()
    for number in 1...3 { try pair.alice.say("\(number)", to: "bob") }
    var epoch: UInt32 = 1
    var puts = 0
    for _ in 0..<50 {
      pair.clock.advance(by: .seconds(60))
      try pair.alice.core.performDueWork()
      while case .put(let work) = try pair.alice.core.nextSenderWork() {
        let receipt = try pair.bob.relay.put(work.command)
        epoch += 1
        puts += 1
        try pair.alice.core.putStored(
          work,
          receipt: StoredReceipt(
            envelopeID: receipt.envelopeID, storedAt: receipt.storedAt, proof: receipt.proof, epoch: epoch))
        if puts > 200 { break }
      }
    }
    #expect(puts <= 20, "once an hour, and each message three times at most")
    try pair.settle()
    // Bob's own lines may have the same millisecond as one of these.
    let shown = try pair.bob.transcript(with: "Alice").filter { $0.hasPrefix("<") }
    #expect(shown.suffix(3) == ["<1", "<2", "<3"], "\(shown)")
  }
}
