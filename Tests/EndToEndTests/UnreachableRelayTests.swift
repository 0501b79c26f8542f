import Foundation
import ProcessSupport
import Testing

@Suite struct UnreachableRelayTests {
  @Test func `a message to a relay that is away is kept, and the next command that reaches it sends it`() async throws {
    var relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.meet(bob)
    try await relay.kill()
    let refused = try await alice.run(["send", "Bob", "wait for me"])
    #expect(refused.exit == .code(9))
    #expect(refused.standardError.contains("kept"))
    #expect(try await alice.messages(with: "Bob").map(\.state) == ["queued"])
    #expect(try await alice.succeed(["messages", "Bob"]).contains("✓") == false)
    #expect(try await bob.run(["receive"]).exit == .code(9))
    #expect(try await bob.run(["invite"]).exit == .code(9))

    relay = try await relay.restarted()
    try await alice.succeed(["receive"])
    #expect(try await alice.messages(with: "Bob").map(\.state) == ["stored"])
    #expect(try await bob.succeed(["receive"]).contains("wait for me"))
    #expect(try await bob.messages(with: "Alice").count == 1)
  }

  @Test func `only the recipient's relay is away: the message is kept just the same`() async throws {
    let (north, south) = (try await RunningRelay.start(), try await RunningRelay.start())
    let (alice, bob) = (try await Person.atRelay(north, "Alice"), try await Person.atRelay(south, "Bob"))
    try await alice.meet(bob)
    try await south.kill()
    let refused = try await alice.run(["send", "Bob", "over there"])
    #expect(refused.exit == .code(9))
    #expect(refused.standardError.contains("127.0.0.1:\(south.port)"))
    // An invite needs only the own relay, and tries what is kept.
    #expect(try await alice.invite().hasPrefix("sotto://127.0.0.1:\(north.port)/#sotto1"))
    let again = try await south.restarted()
    try await alice.succeed(["invite"])
    #expect(try await alice.messages(with: "Bob").map(\.state) == ["stored"])
    #expect(try await bob.succeed(["receive"]).contains("over there"))
    try await again.terminate()
  }

  @Test func `an invite taken while its relay is away is kept`() async throws {
    let (north, south) = (try await RunningRelay.start(), try await RunningRelay.start())
    let (alice, bob) = (try await Person.atRelay(north, "Alice"), try await Person.atRelay(south, "Bob"))
    let invite = try await bob.invite()
    try await south.kill()
    #expect(try await alice.run(["contact", "add", invite, "--as", "Bob"]).exit == .code(9))
    #expect(try await alice.contacts().map(\.status) == ["adding"])
    #expect(try await alice.run(["contact", "add", invite, "--as", "Bob"]).exit == .code(8))
    let again = try await south.restarted()
    try await alice.succeed(["send", "Bob", "at last"])
    try await bob.succeed(["receive"])
    #expect(try await bob.messages(with: "Alice").map(\.text) == ["at last"])
    try await again.terminate()
  }

  @Test func `a following receiver outlives its relay`() async throws {
    var relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.meet(bob)
    let follower = try bob.start(["receive", "--follow"])
    try await alice.succeed(["send", "Bob", "before"])
    #expect(try await follower.line(1).contains("before"))
    try await relay.kill()
    relay = try await relay.restarted()
    try await alice.succeed(["send", "Bob", "after"])
    #expect(try await follower.line(3).contains("after"))
    follower.kill()
  }

  @Test func `what waits for one relay does not hold up another contact`() async throws {
    let (north, south) = (try await RunningRelay.start(), try await RunningRelay.start())
    let alice = try await Person.atRelay(north, "Alice")
    let (bob, carol) = (try await Person.atRelay(south, "Bob"), try await Person.atRelay(north, "Carol"))
    try await alice.meet(bob)
    try await south.kill()
    #expect(try await alice.run(["send", "Bob", "waits"]).exit == .code(9))
    try await alice.succeed(["contact", "add", try await carol.invite(), "--as", "Carol"])
    try await alice.succeed(["send", "Carol", "does not wait"])
    #expect(try await carol.succeed(["receive"]).contains("does not wait"))
    #expect(try await alice.messages(with: "Bob").map(\.state) == ["queued"])
  }

  @Test func `without a network there is still everything that was received`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.meet(bob)
    try await alice.succeed(["send", "Bob", "to be read on a train"])
    try await bob.succeed(["receive"])
    try await relay.kill()
    #expect(try await bob.whoAmI().address.hasPrefix("sotto1"))
    #expect(try await bob.succeed(["messages", "Alice"]).contains("to be read on a train"))
    #expect(try await bob.contacts().map(\.name) == ["Alice"])
    let number = try await bob.succeed(["contact", "verify", "Alice"])
    #expect(number == (try await alice.succeed(["contact", "verify", "Bob"])), "both sides see the same number")
    #expect(number.split(whereSeparator: \.isWhitespace).map(\.count) == Array(repeating: 5, count: 12))
    #expect(number.allSatisfy { $0.isWhitespace || ("0"..."9").contains($0) })
    try await bob.succeed(["contact", "verify", "Alice", "--mark"])
    #expect(try await bob.contacts().map(\.verified) == [true])
  }
}
