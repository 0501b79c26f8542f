import ByteLayout
import DoubleRatchet
import Testing

@Suite("Limits") struct LimitTests {
  private static let tooMany = RatchetError.tooManySkipped(requested: 1_001, limit: 1_000)

  @Test func `a jump of 1 000 in a chain is read and one of 1 001 refused`() throws {
    let (alice, bob) = try Party.pair()
    let messages = try alice.sendMany(1_002)
    #expect(try bob.refusal(of: messages[1_001]) == Self.tooMany)
    #expect(try bob.text(of: messages[1_000]) == "1000")
    #expect(bob.skippedKeyCount == 1_000)
    #expect(try bob.text(of: messages[0]) == "0")

    let (other, acquainted) = try Party.acquaintedPair()
    try acquainted.receive(try other.send())
    let more = try other.sendMany(1_002)
    #expect(try acquainted.refusal(of: more[1_001]) == Self.tooMany)
    #expect(try acquainted.text(of: more[1_000]) == "1000")
    #expect(try acquainted.text(of: more[1_001]) == "1001")
  }

  @Test(arguments: [1_000, 1_001])
  func `a chain that ends with 1 000 missing goes on and one with 1 001 does not`(missing: Int) throws {
    let (alice, bob) = try Party.pair()
    try bob.receive(try alice.send())
    let lost = try alice.sendMany(missing)
    try alice.receive(try bob.send())
    let next = try alice.send("next")
    #expect(next.header.previousCount == UInt32(missing) + 1)
    guard missing <= 1_000 else {
      #expect(try bob.refusal(of: next) == Self.tooMany)
      return
    }
    #expect(try bob.text(of: next) == "next")
    #expect(bob.skippedKeyCount == 1_000)
    #expect(try bob.text(of: lost[999]) == "999")
  }

  @Test func `both jumps of one message may be full`() throws {
    let (alice, bob) = try Party.pair()
    try bob.receive(try alice.send())
    let lost = try alice.sendMany(1_000)
    try alice.receive(try bob.send())
    let late = try alice.sendMany(1_000)
    #expect(try bob.text(of: try alice.send("both")) == "both")
    #expect(bob.skippedKeyCount == 2_000)
    #expect(try bob.text(of: lost[0]) == "0")
    #expect(try bob.text(of: late[999]) == "999")
  }

  @Test func `limits are checked before anything is computed`() throws {
    // A key of small order would be found out by the first Diffie–Hellman.
    let (alice, bob) = try Party.acquaintedPair()
    try bob.receive(try alice.send())
    let message = try alice.send()
    let farNumber = try message.with(ratchetKey: FixedBytes<32>(), number: 1_001)
    #expect(try bob.refusal(of: farNumber) == Self.tooMany)
    let farRest = try message.with(ratchetKey: FixedBytes<32>(), previousCount: 1_002, number: 0)
    #expect(try bob.refusal(of: farRest) == Self.tooMany)
    let farthest = try message.with(number: .max - 1)
    #expect(try bob.refusal(of: farthest) == .tooManySkipped(requested: .max - 2, limit: 1_000))
  }

  @Test(arguments: [UInt32(0), 1, 2, 4, 5, 900])
  func `a changed PN is refused`(previousCount: UInt32) throws {
    let (alice, bob) = try Party.pair()
    try bob.receive(try alice.send())
    _ = try alice.sendMany(2)
    try alice.receive(try bob.send())
    let next = try alice.send("next")
    #expect(next.header.previousCount == 3)
    #expect(try bob.refusal(of: try next.with(previousCount: previousCount)) == .authenticationFailed)
    #expect(try bob.text(of: next) == "next")
    #expect(bob.skippedKeyCount == 2)
  }

  @Test func `the oldest of more than 2 000 kept keys make room`() throws {
    let (alice, bob) = try Party.pair()
    let messages = try alice.sendMany(2_006)
    try bob.receive(messages[1_000])
    try bob.receive(messages[2_001])
    #expect(bob.skippedKeyCount == 2_000)
    try bob.receive(messages[2_004])
    #expect(bob.skippedKeyCount == 2_000)
    #expect(try bob.refusal(of: messages[0]) == .duplicate)
    #expect(try bob.refusal(of: messages[1]) == .duplicate)
    #expect(try bob.text(of: messages[2]) == "2")
    #expect(try bob.text(of: messages[2_003]) == "2003")
    #expect(bob.skippedKeyCount == 1_998)
    #expect(try bob.text(of: messages[2_005]) == "2005")
  }

  @Test func `a kept key opens its message for 45 days and no longer`() throws {
    let (alice, bob) = try Party.pair()
    let late = try alice.sendMany(2)
    try bob.receive(try alice.send())
    #expect(bob.skippedKeyCount == 2)
    bob.now += 45 * 86_400
    #expect(try bob.text(of: late[0]) == "0")
    bob.now += 1
    #expect(try bob.refusal(of: late[1]) == .duplicate)
    try bob.receive(try alice.send())
    #expect(bob.skippedKeyCount == 0)
  }

  @Test func `keys are discarded by the time they were stored at`() throws {
    let (alice, bob) = try Party.pair()
    let start = bob.now
    let early = try alice.send("early")
    try bob.receive(try alice.send())
    bob.now += 100
    let later = try alice.send("later")
    try bob.receive(try alice.send())
    bob.discardSkippedKeys(olderThan: start)
    #expect(bob.skippedKeyCount == 2)
    bob.discardSkippedKeys(olderThan: start + 100)
    #expect(bob.skippedKeyCount == 1)
    #expect(try bob.refusal(of: early) == .duplicate)
    #expect(try bob.text(of: later) == "later")
  }

  @Test func `a time far from the stored one neither traps nor keeps a key for ever`() throws {
    let (alice, bob) = try Party.pair()
    bob.now = .min
    let late = try alice.send("late")
    try bob.receive(try alice.send())
    #expect(try bob.text(of: late) == "late")
    _ = try alice.send()
    try bob.receive(try alice.send())
    bob.now = .max
    try bob.receive(try alice.send())
    #expect(bob.skippedKeyCount == 0)
  }

  @Test func `a sending chain ends at the last number that PN can count`() throws {
    let (alice, _) = try Party.acquaintedPair()
    var archive = try alice.archiveBytes()
    // Ns follows version, phase, AD, RK, DHs (both halves), DHr and CKs.
    let offset = 6 + Party.associatedData.count + 5 * 32
    archive.replaceSubrange(offset..<offset + 4, with: [0xff, 0xff, 0xff, 0xfe])
    try alice.load(archive)
    #expect(try alice.send().header.number == .max - 1)
    let before = try alice.archiveBytes()
    #expect(throws: RatchetError.chainExhausted) { try alice.send() }
    #expect(try alice.archiveBytes() == before)
  }
}
