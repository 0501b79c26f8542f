import DoubleRatchet
import SecretMemory
import Testing

/// Somebody who breaks X25519, and so has everything of the Double Ratchet at any time (Protocol §6a.8).
@Suite struct QuantumAttackerTests {
  @Test func `with all Diffie-Hellman secrets and one post-quantum state, two epochs later nothing can be read`() throws
  {
    for beginning in stride(from: 0, to: 50, by: 10) {
      let (alice, bob) = try TripleParty.pair("quantum \(beginning)")
      for _ in 0..<beginning {
        try bob.receive(try alice.send())
        try alice.receive(try bob.send())
      }
      // The attacker sees all of Bob's state once, and afterwards the Double Ratchet's part before every message.
      var stolen = try bob.view()
      let epoch = bob.epoch
      var isBlind = false
      var readable = 0
      for round in 0..<100 where bob.epoch < epoch + 3 {
        let message = try alice.send("\(round)")
        let attacker = try TripleParty.pair("attacker \(beginning)").bob
        try attacker.load(try bob.view().with(postQuantumPartOf: stolen))
        if let text = try? attacker.receive(message) {
          #expect(text == "\(round)" && !isBlind)
          readable += 1
          stolen = try attacker.view()
        } else {
          isBlind = true
        }
        try bob.receive(message)
        #expect(isBlind || bob.epoch < epoch + 2)
        // What Bob sends, the attacker follows by stepping its copy along.
        let answer = try bob.send("answer")
        if !isBlind {
          try attacker.load(try bob.view().with(postQuantumPartOf: stolen))
          _ = try attacker.send("answer")
          stolen = try attacker.view()
        }
        try alice.receive(answer)
      }
      #expect(bob.epoch == epoch + 3 && isBlind)
      // It could read at first: the theft was one.
      #expect(readable > 0)
    }
  }

  @Test func `nothing secret of an epoch is left in a state two epochs later`() throws {
    let (alice, bob) = try TripleParty.pair()
    var seen: [(epoch: UInt32, secrets: [[UInt8]])] = []
    for _ in 0..<90 {
      for party in [alice, bob] {
        let archive = try party.view()
        seen.append((party.epoch, [archive.root, archive.sendingKey, archive.receivingKey]))
      }
      try bob.receive(try alice.send())
      try alice.receive(try bob.send())
    }
    let now = min(alice.epoch, bob.epoch)
    #expect(now >= 3)
    for party in [alice, bob] {
      let windows = Set(try party.view().bytes.windows(of: 32))
      for old in seen where old.epoch + 2 <= now {
        #expect(old.secrets.allSatisfy { !windows.contains($0) })
      }
      // What is there now is found, so that the search is one.
      #expect(windows.contains(try party.view().root))
    }
  }
}

extension [UInt8] {
  fileprivate func windows(of count: Int) -> [[UInt8]] {
    (0...self.count - count).map { [UInt8](self[$0..<$0 + count]) }
  }
}
