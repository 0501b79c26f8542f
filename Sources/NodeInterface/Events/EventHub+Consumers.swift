import Ambient
import Node
import Vault

/// From where a consumer that comes is told events.
enum EventStart: Hashable, Sendable {
  /// Where it was; a new one begins with what happens from now on.
  case lastAcknowledged
  case now
  /// With the event after this one, which must be kept still.
  case after(Int64)
  /// With the event after this one; what was dropped since is told as a gap.
  case resumedAfter(Int64)
}

extension EventHub {
  /// A consumer comes, or comes back: from now on this reader, and no earlier one, is told its events.
  ///
  /// - Returns: the number of the reader, and where it begins.
  func begin(
    _ key: Key, from start: EventStart, filter: EventFilter, maxInFlight: Int
  ) throws -> (generation: Int, after: Int64) {
    let newest = try vault.read { try $0.greatestEventSeq() }
    var entry: Entry
    do { entry = try known(key) } catch let error as InterfaceError where error.kind == .notFound {
      guard !filter.isLiveOnly else { return try beginLive(key, filter, newest) }
      let count = try vault.read { try $0.eventConsumers().count { $0.owner == key.owner } }
      guard count < Self.mostConsumers else {
        throw InterfaceError(.limitReached, "There are \(count) consumers: delete one with events.consumers.delete.")
      }
      entry = Entry(
        state: ConsumerState(acknowledged: newest, sentUpTo: newest), createdAt: clock.now().seconds, savedUpTo: newest)
    }
    switch start {
    case .lastAcknowledged: entry.state.restart(maxInFlight: maxInFlight)
    case .now: entry.state = ConsumerState(acknowledged: newest, sentUpTo: newest, maxInFlight: maxInFlight)
    case .resumedAfter(let seq):
      guard seq <= newest else { throw InterfaceError.parameter("Last-Event-ID", expected: "an id that was given") }
      entry.state = ConsumerState(acknowledged: seq, sentUpTo: max(seq, entry.state.sentUpTo), maxInFlight: maxInFlight)
      _ = try vault.write { try $0.deleteEventConsumer(owner: key.owner, name: key.name) }
    case .after(let seq):
      let oldest = try vault.read { try $0.oldestEventSeq() } ?? newest + 1
      guard seq + 1 >= oldest || seq == 0 else {
        throw InterfaceError(.cursorGone, details: ["oldestSeq": .string(String(oldest))])
      }
      guard seq <= newest else { throw InterfaceError.parameter("from", expected: "a seq that was given") }
      let begin = max(seq, min(oldest - 1, newest))
      entry.state = ConsumerState(acknowledged: begin, sentUpTo: begin, maxInFlight: maxInFlight)
      // It goes back because its owner says so.
      _ = try vault.write { try $0.deleteEventConsumer(owner: key.owner, name: key.name) }
    }
    entry.generation += 1
    entry.isRead = true
    entry.live = []
    entry.filter = filter
    entry.liveFrom = newest
    entry.pausedUntil = nil
    entries[key] = entry
    try save(key)
    bell.ring()
    return (entry.generation, entry.state.position)
  }

  /// A reader comes of whom nothing is kept.
  private func beginLive(_ key: Key, _ filter: EventFilter, _ newest: Int64) throws -> (generation: Int, after: Int64) {
    let count = entries.count { $0.key.owner == key.owner && !$0.value.isKept }
    guard count < Self.mostConsumers else { throw InterfaceError(.limitReached, "There are \(count) readers.") }
    var entry = Entry(
      state: ConsumerState(acknowledged: newest, sentUpTo: newest), createdAt: clock.now().seconds, savedUpTo: newest)
    (entry.generation, entry.isRead, entry.filter, entry.isKept) = (nextLiveGeneration, true, filter, false)
    nextLiveGeneration += 1
    entries[key] = entry
    return (entry.generation, newest)
  }

  /// A reader has gone.
  func end(_ key: Key, generation: Int) throws {
    guard let entry = entries[key], entry.generation == generation else { return }
    guard entry.isKept else {
      entries[key] = nil
      return bell.ring()
    }
    entries[key]?.isRead = false
    entries[key]?.generation += 1
    try save(key)
    bell.ring()
  }

  /// Whether a connection is being told the consumer's events.
  func isRead(_ key: Key) -> Bool { entries[key]?.isRead == true }

  /// The consumers of one caller, oldest first.
  func list(owner: String) throws -> [JSONValue] {
    let newest = try vault.read { try $0.greatestEventSeq() }
    return try vault.read { try $0.eventConsumers() }.filter { $0.owner == owner }.map { record in
      let entry = entries[Key(owner: record.owner, name: record.name)]
      // A consumer that nobody has read since the start is where the vault says.
      let done = entry?.state.doneUpTo ?? record.acknowledged
      return [
        "consumer": .string(record.name), "acknowledged": .string(String(done)),
        "behind": .integer(newest - done), "connected": .bool(entry?.isRead == true),
        "createdAt": .integer(record.createdAt * 1_000), "seenAt": .integer(record.seenAt * 1_000),
      ]
    }
  }

  /// Forgets a consumer.
  ///
  /// - Returns: whether it was there.
  func delete(_ key: Key) throws -> Bool {
    entries[key] = nil
    bell.ring()
    return try vault.write { try $0.deleteEventConsumer(owner: key.owner, name: key.name) }
  }
}

extension EventHub {
  /// Forgets whoever reads for a caller that is not there any more.
  func forget(owner: String) {
    for key in entries.keys where key.owner == owner { entries[key] = nil }
    bell.ring()
  }

  /// Ends whichever reader there is.
  func endCurrent(_ key: Key) throws {
    guard let generation = entries[key]?.generation else { return }
    try end(key, generation: generation)
  }
}
