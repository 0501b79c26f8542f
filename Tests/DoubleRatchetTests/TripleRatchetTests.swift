import ByteLayout
import DoubleRatchet
import Primitives
import SecretMemory
import TestSupport
import Testing

/// Suite 3: the post-quantum ratchet beside the Double Ratchet (Protocol §6a).
@Suite struct TripleRatchetTests {
  /// Each sends and the other receives, `rounds` times.
  private func talk(_ alice: TripleParty, _ bob: TripleParty, rounds: Int, reserve: Int = TripleParty.ample) throws {
    for round in 0..<rounds {
      #expect(try bob.receive(try alice.send("a\(round)", reserve: reserve)) == "a\(round)")
      #expect(try alice.receive(try bob.send("b\(round)", reserve: reserve)) == "b\(round)")
    }
  }

  // MARK: - Epochs

  @Test func `epochs follow each other while both talk, and the two sides take turns`() throws {
    let (alice, bob) = try TripleParty.pair()
    var phases: [Set<UInt8>] = [[], []]
    var length: [UInt32: Int] = [:]
    for _ in 0..<110 {
      try talk(alice, bob, rounds: 1)
      phases[0].insert(try alice.view().phase)
      phases[1].insert(try bob.view().phase)
      length[bob.epoch, default: 0] += 2
    }
    // 37 units by 4: ten messages for the key, ten for the ciphertext.
    #expect(alice.epoch >= 4 && bob.epoch >= 4)
    #expect(length.values.allSatisfy { $0 <= 44 })
    #expect(phases == [[0, 1, 2, 3], [0, 1, 2, 3]])
  }

  @Test func `a message is longer by whole units, never by more than the reserve and never by more than four`()
    throws
  {
    let (alice, _) = try TripleParty.pair()
    for (reserve, units) in [(-1, 0), (0, 0), (31, 0), (32, 1), (63, 1), (64, 2), (128, 4), (512, 4), (60_000, 4)] {
      let message = try alice.send("12345", reserve: reserve)
      #expect(message.header.byteCount == 49)
      #expect(message.ciphertext.count == 5 + 2 + 16 + 32 * units, "\(reserve)")
    }
  }

  @Test func `without a reserve the two talk in the epoch that they are in`() throws {
    let (alice, bob) = try TripleParty.pair()
    try talk(alice, bob, rounds: 20, reserve: 31)
    #expect(alice.epoch == 0 && bob.epoch == 0)
    try talk(alice, bob, rounds: 24)
    #expect(bob.epoch >= 1)
  }

  @Test func `units stop when the peer has shown that it has them`() throws {
    let (alice, bob) = try TripleParty.pair()
    for _ in 0..<10 { try bob.receive(try alice.send()) }
    #expect(try bob.view().phase == 3)
    try alice.receive(try bob.send())
    // A unit of the ciphertext has come: no more of the key.
    #expect(try alice.send("", reserve: 600).ciphertext.count == 18)
    for _ in 0..<9 { try alice.receive(try bob.send()) }
    #expect(try alice.view().phase == 1)
    #expect(try bob.send("", reserve: 600).ciphertext.count == 18 + 128)
    try bob.receive(try alice.send())
    // The first message of the new epoch: the roles have changed.
    #expect(try bob.view().phase == 0 && bob.epoch == 1)
    #expect(alice.epoch == 0)
    try alice.receive(try bob.send())
    #expect(try alice.view().phase == 2 && alice.epoch == 1)
  }

  // MARK: - Loss and disorder

  @Test func `epochs advance when every second message is lost`() throws {
    for reserve in [32, 64, 128] {
      let (alice, bob) = try TripleParty.pair("half \(reserve)")
      try bob.receive(try alice.send(reserve: reserve))
      for _ in 0..<2_000 where bob.epoch < 2 {
        for (sender, receiver) in [(alice, bob), (bob, alice)] {
          _ = try sender.send("lost", reserve: reserve)
          try receiver.receive(try sender.send("kept", reserve: reserve))
        }
        alice.now += 86_400
        bob.now += 86_400
      }
      #expect(bob.epoch == 2, "\(reserve)")
    }
  }

  @Test func `messages of an epoch that is over still open, once`() throws {
    let (alice, bob) = try TripleParty.pair()
    try talk(alice, bob, rounds: 1)
    var late: [(message: RatchetMessage, text: String)] = []
    for round in 0..<200 where bob.epoch < 2 {
      let text = "late \(round)"
      late.append((try alice.send(text), text))
      try talk(alice, bob, rounds: 1)
    }
    #expect(bob.epoch == 2)
    for (message, text) in late.reversed() {
      #expect(try bob.receive(message) == text)
      #expect(try bob.refusal(of: message) != nil)
    }
    #expect(bob.skippedKeyCount == 0)
  }

  @Test func `a late message brings no units, so that one leaked key puts none in their place`() throws {
    let (alice, bob) = try TripleParty.pair()
    let messages = try (0..<3).map { try alice.send("\($0)") }
    try bob.receive(messages[1])
    let before = try bob.view().received
    #expect(before?.nonzeroBitCount == 4)
    #expect(try bob.receive(messages[0]) == "0")
    #expect(try bob.view().received == before)
    try bob.receive(messages[2])
    #expect(try bob.view().received?.nonzeroBitCount == 8)
  }

  @Test(arguments: 0..<12)
  func `whatever is lost, delayed and doubled, everything that comes is read once and epochs go on`(_ seed: Int) throws
  {
    struct InFlight {
      let message: RatchetMessage
      let text: String
    }
    let script = SeededRandomness("schedule \(seed)")
    let parties = try TripleParty.pair("schedule \(seed)")
    let (alice, bob) = (parties.alice, parties.bob)
    var underWay: [[InFlight]] = [[], []]
    var read: [[InFlight]] = [[], []]
    try bob.receive(try alice.send("begin"))
    for step in 0..<250 {
      let draw = script.bytes(6)
      let sender = Int(draw[0] & 1)
      let (from, to) = sender == 0 ? (alice, bob) : (bob, alice)
      switch draw[1] {
      case 0..<110:
        let text = "\(step)"
        underWay[sender].append(InFlight(message: try from.send(text, reserve: Int(draw[2]) * 3), text: text))
      case 110..<225:
        guard !underWay[sender].isEmpty else { continue }
        let next = underWay[sender].remove(at: draw[3] < 128 ? 0 : Int(draw[4]) % underWay[sender].count)
        #expect(try to.receive(next.message) == next.text)
        read[sender].append(next)
      case 225..<235:
        guard !underWay[sender].isEmpty else { continue }
        underWay[sender].remove(at: Int(draw[4]) % underWay[sender].count)
      case 235..<245:
        guard let doubled = read[sender].last else { continue }
        #expect(try to.refusal(of: doubled.message) != nil)
      default: try to.reload()
      }
    }
    let epoch = min(alice.epoch, bob.epoch)
    try talk(alice, bob, rounds: 50)
    #expect(min(alice.epoch, bob.epoch) >= epoch + 2)
  }

  // MARK: - Refusals

  @Test func `a changed byte of the header is refused and changes nothing`() throws {
    let (alice, bob) = try TripleParty.pair()
    try talk(alice, bob, rounds: 6)
    let message = try alice.send()
    for index in 0..<49 {
      for bit in [UInt8(0x01), 0x80] {
        guard let changed = try? message.changing({ $0[index] ^= bit }) else { continue }
        #expect(try bob.refusal(of: changed) != nil, "byte \(index)")
      }
    }
    #expect(try bob.receive(message) == "text")
  }

  @Test func `a changed byte of the units is refused and changes nothing`() throws {
    let (alice, bob) = try TripleParty.pair()
    let message = try alice.send()
    for index in stride(from: 0, to: message.ciphertext.count, by: 37) {
      var ciphertext = message.ciphertext
      ciphertext[index] ^= 1
      let changed = RatchetMessage(header: message.header, ciphertext: ciphertext)
      #expect(try bob.refusal(of: changed) == .authenticationFailed)
    }
  }

  @Test func `a place that cannot be is refused before anything is computed`() throws {
    let (alice, bob) = try TripleParty.pair()
    try talk(alice, bob, rounds: 24)
    let epoch = bob.epoch
    #expect(epoch >= 1)
    let message = try alice.send()
    let number = try #require(message.header.place?.number)
    func place(_ epoch: UInt32, _ number: UInt32) throws -> RatchetError? {
      try bob.refusal(
        of: try message.changing { bytes in
          var writer = LayoutWriter()
          writer.uint32(epoch)
          writer.uint32(number)
          bytes.replaceSubrange(41..<49, with: writer.bytes)
        })
    }
    #expect(try place(epoch, number + 1) == .wrongEpoch)
    #expect(try place(epoch, number - 1) == .wrongEpoch)
    #expect(try place(epoch, .max - 1) == .wrongEpoch)
    #expect(try place(epoch - 1, number) == .wrongEpoch)
    #expect(try place(epoch + 2, 0) == .wrongEpoch)
    #expect(try place(.max, 0) == .wrongEpoch)
    #expect(throws: RatchetError.malformedHeader(.notAllowed(field: "number in the epoch"))) {
      _ = try place(epoch, .max)
    }
    #expect(try bob.receive(message) == "text")
  }

  @Test func `more messages of an epoch than can be counted are refused`() throws {
    let (alice, bob) = try TripleParty.pair()
    for _ in 0..<10 { try bob.receive(try alice.send()) }
    for _ in 0..<8 { _ = try alice.send("lost") }
    for _ in 0..<10 { try alice.receive(try bob.send()) }
    #expect(try alice.view().phase == 1 && bob.view().phase == 3)
    let message = try alice.send()
    let honest = try bob.view().bytes
    var nearTheEnd = honest
    let number = TripleArchive.keyStart + 36 + 32
    nearTheEnd.replaceSubrange(number..<number + 4, with: [0xff, 0xff, 0xff, 0xfb])
    try bob.load(nearTheEnd)
    #expect(try bob.refusal(of: message) == .wrongEpoch)
    try bob.load(honest)
    #expect(try bob.receive(message) == "text")
  }

  @Test func `an epoch that is not agreed on yet is refused`() throws {
    let (alice, bob) = try TripleParty.pair()
    let message = try alice.send()
    let early = try message.changing { $0[44] = 1 }
    #expect(try bob.refusal(of: early) == .wrongEpoch)
    #expect(try bob.receive(message) == "text")
    // Epoch 1 is agreed on now, and 2 is not.
    for _ in 0..<9 { try bob.receive(try alice.send()) }
    #expect(try bob.view().phase == 3)
    let earlier = try alice.send().changing { $0.replaceSubrange(41..<49, with: [0, 0, 0, 2, 0, 0, 0, 0]) }
    #expect(try bob.refusal(of: earlier) == .wrongEpoch)
  }

  @Test func `headers of the other suites are refused`() throws {
    let (alice, bob) = try TripleParty.pair()
    let (carol, dan) = try Party.acquaintedPair()
    try talk(alice, bob, rounds: 1)
    let (triple, double) = (try alice.send(), try carol.send())
    #expect(try bob.refusal(of: try triple.changing { $0 = [1] + $0[1..<41] }) == .authenticationFailed)
    #expect(
      try dan.refusal(of: try double.changing { $0 = [2] + $0[1..<41] + [UInt8](repeating: 0, count: 8) })
        == .authenticationFailed)
    for count in [40, 42, 48, 50] {
      #expect(throws: RatchetError.self) {
        try RatchetHeader([UInt8](triple.header.bytes.prefix(count)) + [UInt8](repeating: 0, count: max(0, count - 49)))
      }
    }
  }

  @Test func `a session of suite 2 and one of suite 3 from one secret share no message key`() throws {
    let secret = [UInt8](repeating: 7, count: 32)
    let prekey = try X25519KeyPair(from: SeededRandomness("prekey"))
    let bob = try RatchetState.responder(
      sharedSecret: try SecretBytes(copying: secret), ownKeyPair: try prekey.duplicate(),
      associatedData: TripleParty.associatedData, isPostQuantum: true)
    var alice = try RatchetState.initiator(
      sharedSecret: try SecretBytes(copying: secret), remoteKey: prekey.publicKey,
      associatedData: TripleParty.associatedData, randomness: SeededRandomness("alice"))
    let party = TripleParty(bob, randomness: CountedRandomness("bob"))
    let message = try alice.encrypt([0, 0, 1])
    #expect(try party.refusal(of: message) == .authenticationFailed)
    let dressed = try message.changing { $0 = [2] + $0[1...] + [UInt8](repeating: 0, count: 8) }
    #expect(try party.refusal(of: dressed) == .authenticationFailed)
  }

  // MARK: - Equations

  @Test func `a message is what the equations say, and nothing else`() throws {
    let (alice, bob) = try TripleParty.pair()
    try talk(alice, bob, rounds: 24)
    #expect(alice.epoch >= 1)
    for _ in 0..<3 {
      let before = try alice.view()
      let message = try alice.send("plain", reserve: 0)
      #expect(message.header.place?.number == before.sendingNumber)
      #expect(try before.handMade(message.header, decrypted: [0, 0] + [UInt8]("plain".utf8)) == message)
      let next = HMACSHA256.code([0x02], key: try SecretBytes(copying: before.sendingKey))
      #expect(try alice.view().sendingKey == next.array)
    }
  }

  @Test func `authentic units that cannot be are refused`() throws {
    let (alice, bob) = try TripleParty.pair()
    let honest = try alice.view()
    let header = try alice.send().header
    let unit = [UInt8](repeating: 1, count: 32)
    let wrong: [[UInt8]] = [
      [], [0], [0, 1], [0, 1] + unit.dropLast(), [37, 1] + unit, [255, 1] + unit, [1, 0],
      [0, 5] + [UInt8](repeating: 1, count: 5 * 32), [0, 255] + [UInt8](repeating: 1, count: 255 * 32),
    ]
    for bytes in wrong {
      #expect(try bob.refusal(of: try honest.handMade(header, decrypted: bytes)) == .malformedFragment)
    }
    #expect(try bob.receive(try honest.handMade(header, decrypted: [36, 1] + unit + [UInt8]("x".utf8))) == "x")
    #expect(try bob.view().received == 1 << 36)
  }

  @Test func `a unit counts as it came first`() throws {
    let (alice, bob) = try TripleParty.pair()
    for byte in [UInt8(0xa1), 0xb2] {
      let before = try alice.view()
      let header = try alice.send().header
      try bob.receive(try before.handMade(header, decrypted: [5, 1] + [UInt8](repeating: byte, count: 32)))
    }
    #expect(try bob.view().received == 1 << 5)
    let start = TripleArchive.keyStart + 2 * 36 + 8
    #expect(try bob.view().bytes[start..<start + 32].allSatisfy { $0 == 0xa1 })
  }

  @Test func `units that are no encapsulation key are refused with the message that completes them`() throws {
    let (alice, bob) = try TripleParty.pair()
    var archive = try alice.view().bytes
    // The first coefficient becomes 4 095, which is above the modulus.
    let start = TripleArchive.keyStart + 2 * 36 + 64
    archive.replaceSubrange(start..<start + 2, with: [0xff, 0xff])
    try alice.load(archive)
    for _ in 0..<9 { try bob.receive(try alice.send()) }
    #expect(try bob.refusal(of: try alice.send()) == .primitive(.nonCanonicalKey))
    #expect(try bob.receive(try alice.send("goes on", reserve: 0)) == "goes on")
    #expect(try bob.view().received?.nonzeroBitCount == 36)
  }

  @Test func `bytes after the ciphertext that are not zero are refused with the message that completes it`() throws {
    let (alice, bob) = try TripleParty.pair()
    for _ in 0..<10 { try bob.receive(try alice.send()) }
    let before = try bob.view()
    let header = try bob.send("").header
    let wrong = try before.handMade(header, decrypted: [36, 1] + [UInt8](repeating: 1, count: 32))
    try alice.receive(wrong)
    for _ in 0..<9 { try alice.receive(try bob.send()) }
    #expect(try alice.refusal(of: try bob.send()) == .malformedFragment)
  }

  // MARK: - Archive

  @Test func `every phase comes back from its archive`() throws {
    let (alice, bob) = try TripleParty.pair()
    var phases: Set<UInt8> = []
    for _ in 0..<48 {
      for (sender, receiver) in [(alice, bob), (bob, alice)] {
        try receiver.receive(try sender.send())
        for party in [alice, bob] {
          let before = try party.view().bytes
          try party.reload()
          #expect(try party.view().bytes == before)
          phases.insert(before[1])
        }
      }
    }
    #expect(phases == [0, 1, 2, 3])
    #expect(bob.epoch >= 2)
  }

  @Test func `an archive that is cut, too long or impossible is refused`() throws {
    let (alice, bob) = try TripleParty.pair()
    func check(_ party: TripleParty, _ change: (inout [UInt8]) -> Void) throws {
      var archive = try party.view().bytes
      change(&archive)
      #expect(throws: RatchetError.malformedArchive) {
        _ = try RatchetState(archive: try SecretBytes(copying: archive))
      }
    }
    let bits = TripleArchive.keyStart + 2 * 36
    for (party, phase) in [(alice, 0), (bob, 2)] {
      let archive = try party.view()
      #expect(archive.phase == phase)
      for count in stride(from: 0, to: archive.bytes.count, by: 7) {
        try check(party) { $0.removeLast($0.count - count) }
      }
      try check(party) { $0.append(0) }
      try check(party) { $0[0] = 3 }
      try check(party) { $0[1] = 4 }
    }
    // All units, and one that there is not.
    try check(bob) { $0.replaceSubrange(bits..<bits + 8, with: [0, 0, 0, 0x1f, 0xff, 0xff, 0xff, 0xff]) }
    try check(bob) { $0.replaceSubrange(bits..<bits + 8, with: [0, 0, 0, 0x20, 0, 0, 0, 0]) }
    // The next unit to send.
    try check(alice) { $0[bits + 64 + 1_184] = 37 }
    for _ in 0..<10 { try bob.receive(try alice.send()) }
    #expect(try bob.view().phase == 3)
    try check(bob) { $0[bits + 1_088] = 37 }
    // Nothing comes after the last epoch.
    try check(bob) { $0.replaceSubrange(2..<6, with: [0xff, 0xff, 0xff, 0xff]) }
  }
}
