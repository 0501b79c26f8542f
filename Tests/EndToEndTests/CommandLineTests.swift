import Foundation
import ProcessSupport
import Testing

@Suite struct CommandLineTests {
  @Test func `saved files never replace others`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.meet(bob)
    let saved = bob.folder.path(of: "saved")
    try FileManager.default.createDirectory(atPath: saved, withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(fileURLWithPath: saved + "/photo.png"))
    let pictures = [Picture.bytes(1_000, seed: 1), Picture.bytes(1_001, seed: 2)]
    let path = alice.folder.path(of: "photo.png")
    for picture in pictures {
      try Data(picture).write(to: URL(fileURLWithPath: path))
      try await alice.succeed(["send", "Bob", "--file", path])
    }
    try await bob.succeed(["receive", "--save", saved])
    #expect(try Data(contentsOf: URL(fileURLWithPath: saved + "/photo.png")) == Data("mine".utf8))
    #expect(try Data(contentsOf: URL(fileURLWithPath: saved + "/photo-2.png")) == Data(pictures[0]))
    #expect(try Data(contentsOf: URL(fileURLWithPath: saved + "/photo-3.png")) == Data(pictures[1]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: saved).count == 3, "nothing half-written is left")
    try await bob.succeed(["messages", "Alice", "--save", bob.folder.path(of: "again")])
    #expect(
      try Set(FileManager.default.contentsOfDirectory(atPath: bob.folder.path(of: "again")))
        == ["photo.png", "photo-2.png"])
  }

  @Test func `what is too large is refused with the limit, and nothing is kept`() async throws {
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.meet(bob)
    let long = try await alice.run(["send", "Bob", String(repeating: "é", count: 24_577)])
    #expect(long.exit == .code(1))
    #expect(long.standardError.contains("49152"))
    let path = alice.folder.path(of: "picture.png")
    try Data(count: 1_000).write(to: URL(fileURLWithPath: path))
    let caption = try await alice.run(["send", "Bob", String(repeating: "é", count: 24_577), "--file", path])
    #expect(caption.exit == .code(1))
    #expect(caption.standardError.contains("49152"))
    #expect(try await alice.messages(with: "Bob").isEmpty)
    try await alice.succeed(["send", "Bob", String(repeating: "é", count: 24_576)])
  }

  @Test(arguments: [
    [], ["nonsense"], ["--nonsense"], ["send"], ["send", "Bob"], ["init"], ["contact", "add"], ["messages"],
    ["init", "--relay", "http://127.0.0.1:8440"], ["init", "--relay", "ws://example.org:8440"],
    ["init", "--relay", "ws://127.0.0.1"], ["receive", "--save"],
  ])
  func `a command line that is not understood ends with 2`(_ arguments: [String]) async throws {
    let finished = try await Person("Nobody").run(arguments)
    // Without any command there is the help, which is no error.
    #expect(finished.exit == .code(arguments.isEmpty ? 0 : 2), "\(finished.standardError)")
    #expect(arguments.isEmpty ? finished.standardOutput.contains("sotto init") : !finished.standardError.isEmpty)
    #expect(arguments.isEmpty || finished.standardOutput.isEmpty)
  }

  @Test func `a home without an account says how to make one`() async throws {
    let nobody = try Person("Nobody")
    for command in [["whoami"], ["receive"], ["send", "Bob", "hello"], ["messages", "Bob"], ["contact", "list"]] {
      let finished = try await nobody.run(command)
      #expect(finished.exit == .code(7))
      #expect(finished.standardError.contains("sotto init"))
    }
    #expect(!FileManager.default.fileExists(atPath: nobody.home), "looking makes nothing")
  }

  @Test func `an init without a relay makes nothing and ends with 9`() async throws {
    let relay = try await RunningRelay.start()
    try await relay.kill()
    let nobody = try Person("Nobody")
    #expect(try await nobody.run(["init", "--relay", relay.url]).exit == .code(9))
    #expect(!FileManager.default.fileExists(atPath: nobody.home))
  }

  @Test func `an unknown contact and a receipt timing that does not exist are told apart`() async throws {
    let relay = try await RunningRelay.start()
    let alice = try await Person.atRelay(relay, "Alice")
    for command in [["send", "Nobody", "x"], ["messages", "Nobody"], ["contact", "verify", "Nobody"]] {
      #expect(try await alice.run(command).exit == .code(7))
    }
    let odd = Person(
      alice, home: alice.home,
      variables: [
        "SOTTO_RECEIPTS": "never", "SOTTO_KEY_FILE": alice.configuration + "/sotto/none",
      ])
    #expect(try await odd.run(["whoami"]).exit == .code(2))
    let other = try await RunningRelay.start()
    #expect(try await alice.run(["init", "--relay", other.url]).exit == .code(8), "one home, one relay")
  }

  @Test func `every command explains itself with examples`() async throws {
    let nobody = try Person("Nobody")
    for command in [
      ["init"], ["whoami"], ["invite"], ["contact", "add"], ["contact", "list"], ["contact", "verify"], ["send"],
      ["receive"], ["messages"],
    ] {
      let help = try await nobody.succeed(command + ["--help"])
      #expect(help.components(separatedBy: "sotto \(command.joined(separator: " "))").count > 2, "\(command)")
    }
    #expect(try await nobody.succeed(["--version"]).hasPrefix("sotto "))
  }
}
