import Foundation
import ProcessSupport
import Testing

/// What is left of messages in the memory of a node that has shown them, after they expired and were deleted: nothing.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ProcessMemoryTests {
  /// Random words that begin alike, so that one search finds any part of them that says something.
  private struct Words {
    let prefix = "zq" + String((0..<6).map { _ in "bcdfghjk".randomElement() ?? "x" })
    var count = 0

    mutating func text(_ number: Int) -> String {
      count += number
      return (0..<number).map { _ in prefix + String((0..<10).map { _ in "abcdefghijklm".randomElement() ?? "x" }) }
        .joined(separator: " ")
    }
  }

  /// Bob follows his relay and shows what comes: texts that expire, a text that is deleted for everyone, files with names,
  /// view-once content.
  private func show(
    _ words: inout Words, variables: [String: String]
  ) async throws -> (relay: RunningRelay, follower: RunningProcess, bob: Person, shown: ContinuousClock.Instant) {
    let relay = try await RunningRelay.start()
    let alice = try await Person.atRelay(relay, "Alice")
    let bob = try await Person.atRelay(relay, "Bob", variables: variables)
    try await alice.meet(bob)
    try await alice.succeed(["receive"])
    let kept = words.text(120)
    try await alice.succeed(["send", "Bob", kept])
    let file = alice.folder.path(of: words.text(1) + ".txt")
    try Data(words.text(200).utf8).write(to: URL(fileURLWithPath: file))
    try await alice.succeed(["send", "Bob", words.text(30), "--file", file, "--view-once"])
    try await alice.succeed(["timer", "Bob", "6s", "--after-send"])
    let follower = try bob.start(["receive", "--follow"])
    for _ in 0..<8 { try await alice.succeed(["send", "Bob", words.text(250), "--file", file]) }
    let shown = ContinuousClock.now
    let own = try #require(try await alice.messages(with: "Bob").first { $0.text == kept })
    try await alice.succeed(["delete", own.id, "--everyone"])
    return (relay, follower, bob, shown)
  }

  @Test func `60 s after expiry and deletion no word and no file name is in the memory of the node`() async throws {
    var words = Words()
    let (relay, follower, bob, shown) = try await show(&words, variables: [:])
    #expect(words.count > 2_000)
    try await ContinuousClock().sleep(until: shown + .seconds(7))
    var canaries = Canaries()
    canaries.add("a word", text: words.prefix)
    var found = try canaries.found(inMemoryOf: follower.processID)
    #expect(found.byteCount > 1 << 20)
    // It is to be gone within a minute of its end; usually it is at once.
    while !found.labels.isEmpty, ContinuousClock.now < shown + .seconds(66) {
      try await ContinuousClock().sleep(for: .seconds(1))
      found = try canaries.found(inMemoryOf: follower.processID)
    }
    #expect(found.labels == [])
    follower.terminate()
    _ = try await follower.exit()
    try await relay.terminate()
    // Its folder is there until now.
    withExtendedLifetime(bob) {}
  }

  @Test func `the search finds the words when freed memory is not overwritten`() async throws {
    var words = Words()
    let (relay, follower, bob, shown) = try await show(&words, variables: ["SOTTO_TEST_KEEP_FREED_MEMORY": "1"])
    try await ContinuousClock().sleep(until: shown + .seconds(7))
    var canaries = Canaries()
    canaries.add("a word", text: words.prefix)
    #expect(try canaries.found(inMemoryOf: follower.processID).labels == ["a word"])
    follower.terminate()
    _ = try await follower.exit()
    try await relay.terminate()
    // Its folder is there until now.
    withExtendedLifetime(bob) {}
  }
}
