import Ambient
import Messaging
import Node
import Vault

/// Who reads the events, how far each is, and what comes next for them.
package actor EventHub {
  struct Key: Hashable, Sendable {
    let owner: String
    let name: String
  }

  struct Entry {
    var state: ConsumerState
    let createdAt: Int64
    /// Of the connection or poll that may read; an older one is told that it is over.
    var generation = 0
    var isRead = false
    var filter = EventFilter()
    /// The newest event when it came.
    var liveFrom: Int64 = 0
    /// Nothing is told before, because it could not be done.
    var pausedUntil: ContinuousClock.Instant?
    /// What the vault knows.
    var savedUpTo: Int64
    /// What is told at this moment only, and waits for the reader.
    var live: [JSONValue] = []
    /// Whether the vault knows it: not one that is told only what is told at this moment.
    var isKept = true
  }

  /// Consumers of one caller.
  static let mostConsumers = 100
  /// Events that are looked at in one go.
  private static let pageSize = 100
  /// What of a consumer's progress may be lost without harm: it only skipped what it did not want.
  private static let unsavedEvents: Int64 = 1_000

  let node: Node
  let vault: Vault
  let clock: any WallClock
  /// Rings when there are new events, and when a consumer may be told more.
  nonisolated let bell = Doorbell()
  var entries: [Key: Entry] = [:]
  /// Of the next reader of whom nothing is kept: negative, so that it is no other's.
  var nextLiveGeneration = Int.min
  private var account: String?

  init(node: Node, vault: Vault, clock: any WallClock) {
    self.node = node
    self.vault = vault
    self.clock = clock
  }

  /// Rings when there are new events, for as long as the task lives.
  nonisolated func forward() async throws {
    let changes = node.doorbell.listen()
    var newest: Int64 = -1
    while true {
      let now = try vault.read { try $0.greatestEventSeq() }
      if now != newest { bell.ring() }
      newest = now
      try await changes.wait()
    }
  }

  /// The next events for a consumer, at most as many as it has room for.
  ///
  /// - Parameter generation: of the reader; nil comes back once there is a newer one.
  func next(_ key: Key, generation: Int, limit: Int) async throws -> [JSONValue]? {
    guard let entry = entries[key], entry.generation == generation else { return nil }
    guard entry.isKept else { return [] }
    if let pause = entry.pausedUntil, pause > .now { return [] }
    let wanted = min(limit, entry.state.room)
    guard wanted > 0 else { return [] }
    let account = try await ownAccount()
    let position = entry.state.position
    let lost = try lostEvents(after: position)
    let events = try await node.withMessenger { try $0.events(after: position, limit: Self.pageSize) }
    // The actor was left: only a reader that is still the one goes on.
    guard var entry = entries[key], entry.generation == generation else { return nil }
    var told: [JSONValue] = []
    if let lost, entry.state.take(lost.upperBound, isWanted: true) != nil {
      told.append(
        EventEnvelope.gap(from: lost.lowerBound, to: lost.upperBound, account: account, at: clock.now()))
    }
    var budget = FrameBudget()
    for event in events where told.count < wanted && budget.isLeft {
      let type = EventType(event)
      let isWanted = type.map { entry.filter.wants(event, $0) } ?? false
      guard let before = entry.state.take(event.seq, isWanted: isWanted), let type else { continue }
      let json = EventEnvelope.json(
        event, type, account: account, redelivered: before, liveFrom: entry.liveFrom)
      budget.spend(on: json)
      told.append(json)
    }
    entries[key] = entry
    if told.isEmpty, entry.state.doneUpTo - entry.savedUpTo > Self.unsavedEvents { try save(key) }
    // A page of nothing that is wanted is not the end.
    if told.isEmpty, !events.isEmpty { return try await next(key, generation: generation, limit: limit) }
    return told
  }

  /// How long a consumer is still paused; nil when it is not.
  func pause(of key: Key) -> Duration? {
    entries[key]?.pausedUntil.flatMap { $0 > .now ? ContinuousClock.now.duration(to: $0) : nil }
  }

  /// A consumer has done everything up to `seq`.
  func acknowledge(_ key: Key, upTo seq: Int64) throws {
    var entry = try known(key)
    let isNew: Bool
    do throws(ConsumerError) { isNew = try entry.state.acknowledge(upTo: seq) } catch {
      throw InterfaceError.parameter("seq", expected: "the seq of an event that this consumer was told")
    }
    entries[key] = entry
    guard isNew else { return }
    try save(key)
    bell.ring()
  }

  /// A consumer could not do an event: it and those after it are told again, after a while.
  func reject(_ key: Key, from seq: Int64, delay: Duration) throws {
    var entry = try known(key)
    do throws(ConsumerError) { try entry.state.reject(from: seq) } catch {
      throw InterfaceError.parameter("seq", expected: "the seq of an event that was told and is not acknowledged")
    }
    entry.pausedUntil = .now + delay
    entries[key] = entry
    bell.ring()
  }

  func known(_ key: Key) throws -> Entry {
    if let entry = entries[key] { return entry }
    guard let record = try vault.read({ try $0.eventConsumer(owner: key.owner, name: key.name) }) else {
      throw InterfaceError(.notFound, "There is no such consumer.")
    }
    let entry = Entry(
      state: ConsumerState(acknowledged: record.acknowledged, sentUpTo: record.sentUpTo), createdAt: record.createdAt,
      savedUpTo: record.acknowledged)
    entries[key] = entry
    return entry
  }

  /// Puts what is known of a consumer on the disk.
  func save(_ key: Key) throws {
    guard var entry = entries[key], entry.isKept else { return }
    entry.savedUpTo = entry.state.doneUpTo
    let record = EventConsumerRecord(
      owner: key.owner, name: key.name, acknowledged: entry.state.doneUpTo, sentUpTo: entry.state.sentUpTo,
      createdAt: entry.createdAt, seenAt: clock.now().seconds)
    try vault.write { try $0.setEventConsumer(record) }
    entries[key] = entry
  }

  /// The events that were dropped before somebody who is at `position` has seen them.
  private func lostEvents(after position: Int64) throws -> ClosedRange<Int64>? {
    let (oldest, newest) = try vault.read { (try $0.oldestEventSeq(), try $0.greatestEventSeq()) }
    let firstKept = oldest ?? newest + 1
    return position + 1 < firstKept ? position + 1...firstKept - 1 : nil
  }

  func ownAccount() async throws -> String {
    if let account { return account }
    let id = try await node.withMessenger { try $0.ownAccount().interfaceID }
    account = id
    return id
  }
}
