import Ambient
import Vault

extension Messenger {
  /// The events after `after`, in the order in which they were committed.
  ///
  /// Events refer to messages and join their content now: what has been erased is gone from here as well.
  package func events(after: Int64, limit: Int = 1_000) throws -> [EventView] {
    try vault.read { transaction in
      try transaction.events(after: after, limit: limit).compactMap { record in
        guard let kind = EventKind(rawValue: record.type) else { return nil }
        return EventView(
          seq: record.seq, kind: kind, message: try record.messageID.map { try view($0, transaction) },
          at: WallTime(seconds: record.at))
      }
    }
  }

  /// Up to which event a consumer has acknowledged, 0 at first.
  package func acknowledged(consumer: String) throws -> Int64 {
    try vault.read { transaction in try transaction.consumerAcknowledged(name: consumer) }
  }

  /// Acknowledges everything up to `seq`, for good: an acknowledgement never goes back.
  package func acknowledge(consumer: String, upTo seq: Int64) throws {
    try vault.write { transaction in try transaction.setConsumerAcknowledged(name: consumer, seq) }
  }

  func appendEvent(_ kind: EventKind, message: MessageRecord?, _ transaction: VaultTransaction) throws {
    _ = try transaction.appendEvent(
      EventRecord(seq: 0, type: kind.rawValue, messageID: message?.id, rev: message?.rev ?? 0, at: nowSeconds))
  }
}
