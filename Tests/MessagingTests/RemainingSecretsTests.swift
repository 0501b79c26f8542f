import Foundation
import ProcessSupport
import Testing

/// What is left of keys in the memory of a real daemon after they were used, replaced or erased: nothing.
///
/// All memory that the process can write is read through `/proc/PID/mem`. That shows more than a core dump would, which
/// leaves out the pages of secrets. What to look for is read from copies of the daemon's vault, made while the keys were
/// still needed. SOTTO_SECRET_ROUNDS (`make secret-memory`) makes the use longer, with a timer that expires.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RemainingSecretsTests {
  private static let rounds = ProcessInfo.processInfo.environment["SOTTO_SECRET_ROUNDS"].flatMap { Int($0) } ?? 0

  /// Bob's daemon meets Alice by his invite, reads and writes, opens something once, and deletes.
  ///
  /// - Returns: the kinds of keys that it had and has no more; what of them, and of those that it still has, a search finds.
  private func use(_ variables: [String: String]) async throws -> (
    gone: Set<String>, left: Set<String>, kept: Set<String>
  ) {
    let relay = try await RunningRelay.start()
    let alice = try await ObservedNode("Alice", at: relay)
    let bob = try await ObservedNode("Bob", at: relay, variables: variables)
    let daemon = try await bob.startDaemon()
    var earlier = try bob.secrets()
    try await alice.succeed(["contact", "add", try await bob.succeed(["invite"]), "--as", "Bob"])
    try await bob.wait(["contact", "list"]) { $0.contains("Alice") }
    earlier.formUnion(try bob.secrets())

    for round in 0...Self.rounds {
      try await bob.succeed(["send", "Alice", "question \(round)"])
      earlier.formUnion(try bob.secrets())
      try await alice.succeed(["receive"])
      try await alice.succeed(["send", "Bob", "answer \(round)"])
      try await bob.wait(["messages", "Alice"]) { $0.contains("answer \(round)") }
      earlier.formUnion(try bob.secrets())
    }
    if Self.rounds > 0 {
      try await alice.succeed(["timer", "Bob", "5s", "--after-send"])
      try await alice.succeed(["send", "Bob", "for five seconds"])
      try await bob.wait(["messages", "Alice"]) { $0.contains("for five seconds") }
      earlier.formUnion(try bob.secrets())
      try await bob.wait(["messages", "Alice"]) { !$0.contains("for five seconds") }
      try await alice.succeed(["timer", "Bob", "off"])
    }
    try await alice.succeed(["send", "Bob", "once", "--view-once"])
    let once = try await bob.wait(["messages", "Alice", "--json"]) { $0.contains("\"viewOnce\":") }
    let id = try #require(try Self.messages(once).last?["message"] as? String)
    earlier.formUnion(try bob.secrets())
    try await bob.succeed(["open", id])
    let answer = try #require(try Self.messages(once).first { "\($0)".contains("answer 0") }?["message"] as? String)
    try await bob.succeed(["delete", answer])
    try await alice.succeed(["receive"])

    try await ContinuousClock().sleep(for: .seconds(2))
    var present = try bob.secrets(stepsAhead: 0)
    let gone = earlier.subtracting(present)
    let left = try gone.search().found(inMemoryOf: daemon.processID, isWritableOnly: true)
    #expect(left.byteCount > 1 << 20)
    // It was at rest while it was searched, so that nothing of this was in use.
    let after = try bob.secrets(stepsAhead: 0)
    present.formUnion(after)
    #expect(earlier.subtracting(present).kinds.count == gone.kinds.count)
    let kept = try present.search().found(inMemoryOf: daemon.processID, isWritableOnly: true)
    if !left.labels.isEmpty { print(left.places.sorted().joined(separator: "\n")) }
    daemon.terminate()
    _ = try await daemon.exit()
    try await relay.terminate()
    return (Set(gone.kinds.values), left.labels, kept.labels)
  }

  /// What `messages --json` prints.
  private static func messages(_ lines: String) throws -> [[String: Any]] {
    try lines.split(separator: "\n").compactMap { line in
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    }
  }

  private static let kinds: Set = [
    "a root key", "a ratchet key", "a chain key", "a message key", "what a message was encrypted with",
    "a post-quantum chain key", "a one-time prekey", "a one-time KEM prekey", "the vault's key of a message",
  ]

  @Test func `a daemon's memory holds no key that was used up, replaced or erased`() async throws {
    let memory = try await use([:])
    #expect(memory.gone == Self.kinds)
    #expect(memory.left == [])
    #expect(memory.kept.contains(KnownSecrets.deviceKey), "the search finds what is there")
  }

  @Test func `the search finds such keys when what is given back is not wiped`() async throws {
    let memory = try await use(["SOTTO_TEST_KEEP_FREED_MEMORY": "1"])
    #expect(memory.gone == Self.kinds)
    // Slots are used again, the last one first: which keys are still there depends on what came after.
    #expect(!memory.left.isDisjoint(with: ["a chain key", "a root key", "a ratchet key"]))
  }
}
