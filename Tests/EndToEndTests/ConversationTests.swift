import ByteLayout
import Foundation
import ProcessSupport
import Testing

@Suite struct ConversationTests {
  static let text = "Grüezi Bob, heute um fünf am Fluß? 你好 🌊 — שלום\nund noch eine Zeile"

  @Test func `a text and a picture arrive as they were, and their sender sees them stored, delivered and read`()
    async throws
  {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.meet(bob)
    let picture = Picture.bytes(40_960)
    try Data(picture).write(to: URL(fileURLWithPath: alice.folder.path(of: "edelweiß.png")))

    try await alice.succeed(["send", "Bob", Self.text])
    try await alice.succeed(["send", "Bob", "Look", "at", "this", "--file", alice.folder.path(of: "edelweiß.png")])
    var sent = try await alice.messages(with: "Bob")
    #expect(sent.map(\.state) == ["stored", "stored"])
    #expect(sent.allSatisfy { $0.direction == "out" && $0.storedAt != nil && $0.deliveredAt == nil })

    let saved = bob.folder.path(of: "saved")
    let shown = try await bob.succeed(["receive", "--save", saved])
    for line in Self.text.split(separator: "\n") { #expect(shown.contains(line)) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: saved + "/edelweiß.png")) == Data(picture))
    let received = try await bob.messages(with: "Alice")
    #expect(received.map(\.text) == [Self.text, "Look at this"])
    #expect(received.map(\.direction) == ["in", "in"])
    #expect(received.map(\.id) == sent.map(\.id))
    #expect(received.last?.file == Message.File(name: "edelweiß.png", mime: "image/png", size: picture.count))

    try await bob.succeed(["send", "Alice", "Merci"])
    #expect(try await alice.succeed(["receive"]).contains("Merci"))
    sent = try await alice.messages(with: "Bob")
    #expect(sent.filter { $0.direction == "out" }.map(\.state) == ["read", "read"])
    #expect(sent.allSatisfy { $0.direction == "in" || ($0.deliveredAt != nil && $0.readAt != nil) })
    let screen = try await alice.succeed(["messages", "Bob"])
    #expect(screen.contains("✓ stored") && screen.contains("✓✓ delivered") && screen.contains("✓✓ read"))
  }

  @Test func `what is received as JSON is shown once and does not count as read`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.meet(bob)
    try await alice.succeed(["send", "Bob", "for a program"])
    let news: [Message] = try await bob.objects(["receive"])
    #expect(news.map(\.text) == ["for a program"])
    #expect(news.map(\.contact) == ["Alice"])
    #expect(try await bob.succeed(["receive", "--json"]) == "")
    try await alice.succeed(["receive"])
    #expect(try await alice.messages(with: "Bob").map(\.state) == ["delivered"])
    #expect(try await alice.succeed(["messages", "Bob"]).contains("✓✓ read") == false)
  }

  @Test func `a following receiver shows what comes, holds the home, and ends with 130 on Ctrl-C`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.meet(bob)
    let follower = try bob.start(["receive", "--follow", "--json"])
    for number in 1...3 {
      try await alice.succeed(["send", "Bob", "number \(number)"])
      #expect(try await follower.line(number - 1).contains("number \(number)"))
    }
    let second = try await bob.run(["whoami"])
    #expect(second.exit == .code(10))
    #expect(second.standardError.contains("process \(follower.processID)"))
    follower.send(signal: SIGINT)
    #expect(try await follower.exit() == .code(130))
    #expect(try await bob.messages(with: "Alice").count == 3)
  }

  @Test func `two people at two relays write to each other`() async throws {
    let (north, south) = (try await RunningRelay.start(), try await RunningRelay.start())
    let (alice, bob) = (try await Person.atRelay(north, "Alice"), try await Person.atRelay(south, "Bob"))
    try await alice.meet(bob)
    try await alice.succeed(["send", "Bob", "from north to south"])
    #expect(try await bob.succeed(["receive"]).contains("from north to south"))
    try await bob.succeed(["send", "Alice", "and back"])
    #expect(try await alice.succeed(["receive"]).contains("and back"))
    #expect(try await alice.messages(with: "Bob").map(\.state) == ["read", "read"])
    // Each relay has seen its own people's mailboxes only: a sender is anonymous where the recipient lives.
    let (northMailbox, southMailbox) = (try await alice.whoAmI().mailbox, try await bob.whoAmI().mailbox)
    try await north.terminate()
    try await south.terminate()
    var mailboxes = Canaries()
    mailboxes.add("north", bytes: try Hexadecimal.decode(northMailbox))
    mailboxes.add("south", bytes: try Hexadecimal.decode(southMailbox))
    #expect(try mailboxes.found(inFolder: north.dataFolder) == ["north"])
    #expect(try mailboxes.found(inFolder: south.dataFolder) == ["south"])
  }

  @Test func `a relay killed with -9 keeps what it has confirmed for a recipient who is offline`() async throws {
    var relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.succeed(["contact", "add", try await bob.invite(), "--as", "Bob"])
    for number in 1...3 { try await alice.succeed(["send", "Bob", "kept \(number)"]) }
    try await relay.kill()
    relay = try await relay.restarted()
    try await bob.succeed(["receive"])
    #expect(try await bob.messages(with: "Alice").map(\.text) == ["kept 1", "kept 2", "kept 3"])
  }
}
