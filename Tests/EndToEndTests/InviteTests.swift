import Foundation
import ProcessSupport
import Testing

@Suite struct InviteTests {
  @Test func `an invite for one person is of no use to a second`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await Person.atRelay(relay, "Alice")
    let (bob, mallory) = (try await Person.atRelay(relay, "Bob"), try await Person.atRelay(relay, "Mallory"))
    let invite = try await alice.invite()
    try await bob.succeed(["contact", "add", invite, "--as", "Alice"])
    try await alice.succeed(["receive"])
    // However it ends for Mallory: Alice must not hear of it.
    _ = try await mallory.run(["contact", "add", invite, "--as", "Alice"])
    _ = try await mallory.run(["send", "Alice", "let me in"])
    #expect(try await alice.succeed(["receive"]).contains("let me in") == false)
    #expect(try await alice.contacts().map(\.name) == ["Bob"])
    #expect(try await alice.contacts().map(\.status) == ["accepted"])
    try await bob.succeed(["send", "Alice", "still here"])
    #expect(try await alice.succeed(["receive"]).contains("still here"))
  }

  @Test func `a stranger with a public invite gets no receipts until they are answered`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await bob.succeed(["contact", "add", try await alice.invite(["--public"]), "--as", "Alice"])
    try await bob.succeed(["send", "Alice", "hello from nowhere"])
    let shown = try await alice.succeed(["receive"])
    #expect(shown.contains("hello from nowhere") && shown.contains("stranger"))
    #expect(try await alice.contacts().map(\.status) == ["stranger"])
    try await bob.succeed(["receive"])
    #expect(try await bob.messages(with: "Alice").map(\.state) == ["stored"], "no receipt for a stranger")

    try await alice.succeed(["send", "Bob", "who are you?"])
    #expect(try await alice.contacts().map(\.status) == ["accepted"])
    #expect(try await bob.succeed(["receive"]).contains("who are you?"))
    try await bob.succeed(["send", "Alice", "Bob, from the market"])
    try await alice.succeed(["receive"])
    try await bob.succeed(["receive"])
    let states = try await bob.messages(with: "Alice").filter { $0.text == "Bob, from the market" }.map(\.state)
    #expect(states == ["read"], "and receipts once there was an answer")
  }

  @Test func `two people of one name become two contacts, and a name given by hand must be free`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await Person.atRelay(relay, "Alice")
    let (first, second) = (try await Person.atRelay(relay, "Bob"), try await Person.atRelay(relay, "Bob"))
    for bob in [first, second] { try await bob.succeed(["contact", "add", try await alice.invite(), "--as", "Alice"]) }
    try await alice.succeed(["receive"])
    #expect(try await Set(alice.contacts().map(\.name)) == ["Bob", "Bob-2"])
    let taken = try await first.run(["contact", "add", try await second.invite(), "--as", "Alice"])
    #expect(taken.exit == .code(8))
    #expect(taken.standardError.contains("--as"))
    #expect(try await first.contacts().count == 1)
  }

  @Test func `text that is not an invite, one's own invite and a known account are refused`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    let invite = try await alice.invite()
    #expect(invite.split(separator: "\n").count == 1, "the link alone is on standard output")
    for text in ["https://example.org", String(invite.dropLast()), invite.replacing("sotto1", with: "sotto2"), ""] {
      #expect(try await bob.run(["contact", "add", text]).exit == .code(2))
    }
    #expect(try await alice.run(["contact", "add", invite]).exit == .code(8))
    try await bob.succeed(["contact", "add", invite, "--as", "Alice"])
    #expect(try await bob.run(["contact", "add", try await alice.invite(), "--as", "Alice again"]).exit == .code(8))
    #expect(try await bob.contacts().map(\.name) == ["Alice"])
  }
}
