import Ambient
import Messaging
import Vault

/// How long events are kept: until every consumer has acknowledged them, but not longer than this.
enum EventRetention {
  /// 14 days.
  static let seconds: Int64 = 14 * 86_400
  /// 256 MiB at 256 bytes an event.
  static let count: Int64 = 1_048_576
  /// A consumer that was not there for 30 days keeps nothing back any more.
  static let idleConsumerSeconds: Int64 = 30 * 86_400
  /// Events that are looked at in one go.
  static let pageSize = 1_000
}

extension EventHub {
  /// Drops the events that nobody needs, or that are too old, and forgets consumers that do not come back.
  package func removeOld() throws {
    let now = clock.now().seconds
    for key in entries.keys where entries[key]?.isRead == true { try save(key) }
    try vault.write { transaction in
      for consumer in try transaction.eventConsumers()
      where consumer.seenAt < now - EventRetention.idleConsumerSeconds {
        _ = try transaction.deleteEventConsumer(owner: consumer.owner, name: consumer.name)
        entries[Key(owner: consumer.owner, name: consumer.name)] = nil
      }
      let newest = try transaction.greatestEventSeq()
      var drop = max(newest - EventRetention.count, try transaction.leastAcknowledgedSeq() ?? 0)
      drop = max(drop, try lastOld(after: drop, before: now - EventRetention.seconds, transaction))
      if drop > 0 { try transaction.deleteEvents(upTo: drop) }
    }
  }

  /// The last event that is older than a time, in unix seconds.
  private func lastOld(after start: Int64, before time: Int64, _ transaction: VaultTransaction) throws -> Int64 {
    var last = start
    while true {
      let events = try transaction.events(after: last, limit: EventRetention.pageSize)
      let old = events.prefix { $0.at < time }
      guard let end = old.last else { return last }
      last = end.seq
      if old.count < events.count { return last }
    }
  }
}
