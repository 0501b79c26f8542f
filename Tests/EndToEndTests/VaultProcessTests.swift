import Foundation
import ProcessSupport
import Testing

@Suite struct VaultProcessTests {
  @Test func `a copied vault is refused and sends nothing, and the original goes on`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.meet(bob)
    let copy = try Self.copy(of: alice)
    // The original is used: from now on the copy is an older state.
    try await alice.succeed(["send", "Bob", "from the original"])
    for command in [
      ["send", "Bob", "from the copy"], ["receive"], ["invite"], ["send", "Bob", "from the copy again"],
    ] {
      let refused = try await copy.run(command)
      #expect(refused.exit == .code(8), "\(command): \(refused.standardError)")
      #expect(refused.standardError.contains("copy"))
    }
    // What was there can still be read, and the original is none the worse.
    #expect(try await copy.whoAmI() == (try await alice.whoAmI()))
    try await alice.succeed(["send", "Bob", "the original again"])
    try await bob.succeed(["receive"])
    #expect(try await bob.messages(with: "Alice").map(\.text) == ["from the original", "the original again"])
  }

  @Test func `a copied vault is adopted, its contact sees what both have sent, and the original is stopped`()
    async throws
  {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.meet(bob)
    try await alice.succeed(["receive"])
    #expect(try await alice.run(["vault", "adopt"]).standardError.contains("not a copy"))
    let copy = try Self.copy(of: alice)
    try await alice.succeed(["send", "Bob", "from the original"])
    try await bob.succeed(["receive"])
    #expect(try await copy.run(["send", "Bob", "from the copy"]).exit == .code(8))
    let adopted = try await copy.run(["vault", "adopt"])
    #expect(adopted.exit == .code(0), "\(adopted.standardError)")
    #expect(adopted.standardError.contains("only one"))
    try await copy.succeed(["receive"])
    try await bob.succeed(["receive"])
    try await bob.succeed(["send", "Alice", "I see you both"])
    #expect(try await copy.succeed(["receive"]).contains("I see you both"))
    let shown = try await bob.messages(with: "Alice").map(\.text)
    #expect(shown == ["from the original", "from the copy", "I see you both"])
    let stopped = try await alice.run(["send", "Bob", "from the lost disk"])
    #expect(stopped.exit == .code(8) && stopped.standardError.contains("vault adopt"))
  }

  @Test func `of two copies that run at once, the one that opened last goes on`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.meet(bob)
    let follower = try alice.start(["receive", "--follow", "--json"])
    try await bob.succeed(["send", "Alice", "are you there?"])
    #expect(try await follower.line().contains("are you there?"))
    // Its receipt has arrived, so that the follower is at rest. (A copy of a vault that is about to send would step the same
    // chain again, and the recipient would take one of the two for a replay.)
    var receipts = 0
    while try await bob.messages(with: "Alice").first?.state != "delivered", receipts < 50 {
      try await bob.succeed(["receive"])
      receipts += 1
    }
    let copy = try Self.copy(of: alice)
    let sent = try await copy.run(["send", "Bob", "from the copy"])
    #expect(sent.exit == .code(0), "\(sent.standardError)")
    #expect(try await follower.exit() == .code(8))
    #expect(follower.standardError.contains("copy"))
    #expect(try await alice.run(["send", "Bob", "from the original"]).exit == .code(8))
    try await bob.succeed(["receive"])
    #expect(try await bob.messages(with: "Alice").filter { $0.direction == "in" }.map(\.text) == ["from the copy"])
  }

  /// The same person with a copy of the vault and the right key file.
  private static func copy(of person: Person) throws -> Person {
    let home = person.folder.path(of: "copy")
    try FileManager.default.copyItem(atPath: person.home, toPath: home)
    let keys = try FileManager.default.contentsOfDirectory(atPath: person.configuration + "/sotto")
    let key = try #require(keys.first { $0.hasSuffix(".key") })
    return Person(person, home: home, variables: ["SOTTO_KEY_FILE": person.configuration + "/sotto/" + key])
  }

  @Test func `a copy without its key file stays closed`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await Person.atRelay(relay, "Alice")
    let copyHome = alice.folder.path(of: "copy")
    try FileManager.default.copyItem(atPath: alice.home, toPath: copyHome)
    let refused = try await Person(alice, home: copyHome, variables: [:]).run(["whoami"])
    #expect(refused.exit == .code(10))
    #expect(refused.standardError.contains("key file"))
  }

  @Test func `a passphrase opens the vault, and nothing else does`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try Person("Alice")
    let (right, wrong, empty) = (
      alice.folder.path(of: "right"), alice.folder.path(of: "wrong"), alice.folder.path(of: "empty")
    )
    try Data("corréct horse\nnot this line\n".utf8).write(to: URL(fileURLWithPath: right))
    try Data("correct horse\n".utf8).write(to: URL(fileURLWithPath: wrong))
    try Data("\n".utf8).write(to: URL(fileURLWithPath: empty))
    let command = ["init", "--relay", relay.url, "--name", "Alice"]
    #expect(try await alice.run(command + ["--passphrase-file", empty]).exit == .code(2))
    #expect(try await alice.run(command + ["--passphrase-file", wrong, "--passphrase"]).exit == .code(2))
    try await alice.succeed(command + ["--passphrase-file", right])
    #expect(try await alice.succeed(["whoami", "--passphrase-file", right]).contains("Alice"))
    let refused = try await alice.run(["whoami", "--passphrase-file", wrong])
    #expect(refused.exit == .code(10))
    #expect(refused.standardError.contains("passphrase"))
    // Neither a terminal nor a file: it says so, and waits for nobody.
    #expect(try await alice.run(["whoami"]).exit == .code(2))
    let byVariable = Person(alice, home: alice.home, variables: ["SOTTO_PASSPHRASE_FILE": right])
    #expect(try await byVariable.whoAmI().name == "Alice")
  }
}
