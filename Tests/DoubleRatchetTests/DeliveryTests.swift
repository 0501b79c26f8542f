import DoubleRatchet
import Testing

@Suite("Delivery") struct DeliveryTests {
  @Test func `messages in order are read on both sides`() throws {
    let (alice, bob) = try Party.pair()
    #expect(try bob.text(of: try alice.send("one")) == "one")
    #expect(try bob.text(of: try alice.send("two")) == "two")
    for round in 0..<5 {
      #expect(try alice.text(of: try bob.send("b\(round)")) == "b\(round)")
      #expect(try bob.text(of: try alice.send("a\(round)")) == "a\(round)")
    }
  }

  @Test func `empty and large plaintexts are read, with sixteen bytes of tag`() throws {
    let (alice, bob) = try Party.pair()
    for byteCount in [0, 1, 65_536] {
      let plaintext = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0) }
      let message = try alice.send(bytes: plaintext)
      #expect(message.ciphertext.count == byteCount + 16)
      #expect(try bob.receive(message).plaintext == plaintext)
    }
  }

  @Test func `a responder does not send before it has received`() throws {
    let (alice, bob) = try Party.pair()
    let before = try bob.archiveBytes()
    #expect(throws: RatchetError.cannotSendYet) { try bob.send() }
    #expect(try bob.archiveBytes() == before)
    #expect(!bob.hasReceived && bob.sendingNumber == nil && bob.remoteKey == nil)
    try bob.receive(try alice.send())
    #expect(try alice.text(of: try bob.send("now")) == "now")
  }

  @Test func `messages of three chains are read in any order`() throws {
    let (alice, bob) = try Party.pair()
    var late = try alice.sendMany(3)
    try bob.receive(late.removeFirst())
    try alice.receive(try bob.send())
    late += try alice.sendMany(3)
    try bob.receive(late.remove(at: 3))
    try alice.receive(try bob.send())
    late += try alice.sendMany(3)
    try bob.receive(late.removeLast())
    #expect(bob.skippedKeyCount == late.count)
    for message in late.reversed() { try bob.receive(message) }
    #expect(bob.skippedKeyCount == 0)
  }

  @Test func `a lost message leaves the rest readable`() throws {
    let (alice, bob) = try Party.acquaintedPair()
    _ = try alice.send("lost")
    #expect(try bob.text(of: try alice.send("found")) == "found")
    #expect(bob.skippedKeyCount == 1)
    try alice.receive(try bob.send())
    #expect(try bob.text(of: try alice.send("and on")) == "and on")
  }

  @Test func `a Diffie–Hellman step names the key that it retires`() throws {
    let (alice, bob) = try Party.pair()
    let signedPreKey = try #require(alice.remoteKey)
    let first = try alice.send()
    #expect(try bob.receive(first).retiredRemoteKey == nil)
    #expect(try bob.receive(try alice.send()).retiredRemoteKey == nil)
    #expect(try alice.receive(try bob.send()).retiredRemoteKey == signedPreKey)
    #expect(try bob.receive(try alice.send()).retiredRemoteKey == first.header.ratchetKey)
    #expect(bob.remoteKey == alice.ownKey)
  }

  @Test func `headers count the chain and the one before it`() throws {
    let (alice, bob) = try Party.pair()
    let first = try alice.sendMany(3)
    #expect(first.map(\.header.number) == [0, 1, 2] && first.allSatisfy { $0.header.previousCount == 0 })
    for message in first { try bob.receive(message) }
    #expect(bob.receivingNumber == 3 && alice.sendingNumber == 3)
    try alice.receive(try bob.send())
    let next = try alice.send()
    #expect(next.header.number == 0 && next.header.previousCount == 3)
    #expect(next.header.ratchetKey != first[0].header.ratchetKey)
  }

  @Test func `a replayed message is refused on every path`() throws {
    let (alice, bob) = try Party.pair()
    let first = try alice.send()
    let late = try alice.send()
    let third = try alice.send()
    try bob.receive(first)
    #expect(try bob.refusal(of: first) == .duplicate)
    try bob.receive(third)
    #expect(try bob.refusal(of: third) == .duplicate)
    try bob.receive(late)
    #expect(try bob.refusal(of: late) == .duplicate)
  }

  @Test func `a message of an old chain is refused however often it comes`() throws {
    let (alice, bob) = try Party.pair()
    let old = try alice.send()
    try bob.receive(old)
    try alice.receive(try bob.send())
    try bob.receive(try alice.send())
    for _ in 0..<20 { #expect(try bob.refusal(of: old) == .authenticationFailed) }
    #expect(try bob.text(of: try alice.send("still here")) == "still here")
  }

  @Test func `an own message that comes back is refused`() throws {
    let (alice, bob) = try Party.acquaintedPair()
    let message = try alice.send()
    #expect(try alice.refusal(of: message) == .authenticationFailed)
    try bob.receive(message)
    let (waiting, _) = try Party.pair("waiting")
    #expect(try waiting.refusal(of: try waiting.send()) == .authenticationFailed)
  }
}
