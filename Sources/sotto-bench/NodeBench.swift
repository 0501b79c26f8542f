import Ambient
import ArgumentParser
import Foundation
import Messaging
import RelaySupport
import RelayWire
import TestSupport

/// `sotto-bench node`: what a node's user waits for, in a vault with many conversations and messages.
struct NodeBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "node",
    abstract: "A node's vault: list, open, send and catch up, beside bare SQLite reading the same rows.",
    discussion: """
      Makes a vault with --conversations and --messages first, which takes about a minute for a million. The relay that \
      catching up reads from is the real store in this process, without a network.
      """)

  @Flag(help: "One JSON object a line.") var json = false
  @Option(help: "Conversations in the vault.") var conversations = 10_000
  @Option(help: "Messages in all of them together.") var messages = 1_000_000
  @Option(help: "Envelopes that wait when a node comes back.") var waiting = 10_000
  @Option(help: "Where the vaults go; removed at the end.") var folder: String?

  func validate() throws {
    guard conversations > 0, messages >= conversations, waiting > 0 else {
      throw ValidationError("--conversations and --waiting start at 1, and there is a message for every conversation.")
    }
  }

  func run() throws {
    let root = (folder ?? NSTemporaryDirectory()) + "/sotto-bench-\(ProcessInfo.processInfo.processIdentifier)"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    // The folder is temporary anyway.
    defer { try? FileManager.default.removeItem(atPath: root) }
    var report = NodeReport(asJSON: json)
    report.begin()
    try measureReading(root, &report)
    try measureMessages(root, &report)
    report.add("resident memory at the end", NodeReport.Value(bytes: Memory.resident()), target: nil)
    report.add("resident memory at the most", NodeReport.Value(bytes: Memory.peak()), target: nil)
    report.end()
  }

  private func measureReading(_ root: String, _ report: inout NodeReport) throws {
    let clock = SystemWallClock()
    let relay = try InProcessRelay(number: 1, clock: clock)
    let node = try NodeFixture(
      "Reader", in: root + "/reader", relay: HomeRelay(host: "127.0.0.1:1", relayKey: relay.relayKey), clock: clock)
    let vocabulary = Vocabulary(SeededRandomness("bench words"))
    let start = ContinuousClock.now
    let contacts = try node.fill(
      contacts: conversations, messages: messages, randomness: SeededRandomness("bench contents"),
      vocabulary: vocabulary)
    report.add("filling the vault", .init(ContinuousClock.now - start), target: nil)
    let floor = try NodeFloor(vaultFolder: node.folder + "/home")
    for limit in [50, conversations] {
      let rounds = limit == 50 ? 51 : 3
      let bare = try median(rounds) { try floor.list(limit: limit) }
      let ours = try median(rounds) {
        let start = ContinuousClock.now
        let lines = try node.core.conversations(limit: limit)
        guard lines.count == limit else { throw ValidationError("the list has \(lines.count) lines") }
        return ContinuousClock.now - start
      }
      report.add(
        "conversation list, \(limit) lines", .init(ours), beside: .init(bare),
        target: limit == 50 ? .milliseconds(20) : nil)
    }
    let some = contacts.prefix(51)
    var bare: [Duration] = []
    var ours: [Duration] = []
    for contact in some {
      bare.append(try floor.conversation(ofContact: contact, limit: 50))
      let start = ContinuousClock.now
      let shown = try node.core.messages(with: contact, limit: 50)
      guard !shown.isEmpty else { throw ValidationError("a conversation is empty") }
      ours.append(ContinuousClock.now - start)
    }
    report.add(
      "opening a conversation, 50 messages", .init(ours.sorted()[ours.count / 2]),
      beside: .init(bare.sorted()[bare.count / 2]), target: nil)
    var enqueued: [Duration] = []
    for _ in 0..<101 {
      let start = ContinuousClock.now
      _ = try node.core.send(text: "hello", file: nil, to: contacts[0])
      enqueued.append(ContinuousClock.now - start)
    }
    report.add("a message written to disk (enqueue)", .init(enqueued.sorted()[50]), target: nil)
    try measureSearch(node.core, vocabulary, &report)
  }

  private func measureSearch(_ core: Messenger, _ vocabulary: Vocabulary, _ report: inout NodeReport) throws {
    let indexing = ContinuousClock.now
    while try core.indexMessages() {}
    report.add("indexing one message", .init((ContinuousClock.now - indexing) / messages), target: nil)
    let (durations, hits) = try SearchLoad(core: core, vocabulary: vocabulary).run(1_000)
    guard hits >= 500 else { throw ValidationError("only \(hits) of 1000 searches found something") }
    report.add("search, p50 of 1000", .init(durations[500]), target: nil)
    report.add("search, p99", .init(durations[990]), target: .milliseconds(50))
  }

  private func measureMessages(_ root: String, _ report: inout NodeReport) throws {
    let clock = SystemWallClock()
    let relay = try InProcessRelay.spacious(number: 2, clock: clock, envelopes: UInt64(waiting))
    let home = HomeRelay(host: "127.0.0.1:2", relayKey: relay.relayKey)
    let alice = BenchNode(
      fixture: try NodeFixture("Alice", in: root + "/alice", relay: home, clock: clock), relay: relay)
    let bob = BenchNode(fixture: try NodeFixture("Bob", in: root + "/bob", relay: home, clock: clock), relay: relay)
    try alice.goOnline()
    try bob.goOnline()
    let link = try bob.invite()
    let contact = try alice.fixture.core.addContact(invite: link, as: "Bob").id
    for _ in 0..<3 {
      for node in [alice, bob] {
        try node.sendAll()
        try node.receiveAll()
        // A first contact has taken a slot: the relay is told.
        try node.goOnline()
      }
    }
    let sending = ContinuousClock.now
    for number in 0..<waiting {
      _ = try alice.fixture.core.send(text: "message \(number)", file: nil, to: contact)
      try alice.sendAll()
    }
    report.add("sending one (enqueue, encrypt, put)", .init((ContinuousClock.now - sending) / waiting), target: nil)
    let before = Memory.resident()
    let catching = ContinuousClock.now
    let received = try bob.receiveAll()
    let took = ContinuousClock.now - catching
    guard received == waiting else { throw ValidationError("\(received) of \(waiting) envelopes came through") }
    let memory = Memory.resident()
    report.add("catching up \(waiting) envelopes", .init(took), target: waiting == 10_000 ? .seconds(1) : nil)
    report.add("memory that it added", .init(bytes: max(0, memory - before)), target: nil)
    let floor = CatchUpFloor(vaultFolder: root + "/bob/home", envelopes: waiting)
    report.add("its bare cryptography", .init(try floor.cryptography()), target: nil)
    report.add("SQLite inserting its rows", .init(try floor.rows()), target: nil)
  }

  private func median(_ rounds: Int, _ body: () throws -> Duration) rethrows -> Duration {
    var taken: [Duration] = []
    for _ in 0..<rounds { taken.append(try body()) }
    return taken.sorted()[rounds / 2]
  }
}
