import ByteLayout
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
          at: WallTime(seconds: record.at), about: try record.body.map { try subject($0, transaction) })
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

  /// An event about a contact.
  ///
  /// - Parameters:
  ///   - count: of what it is about: messages, devices.
  ///   - message: the newest of those messages.
  func appendEvent(
    _ kind: EventKind, contact: Int64, count: UInt32 = 1, message: Int64? = nil, _ transaction: VaultTransaction
  ) throws {
    var writer = LayoutWriter()
    writer.uint8(1)
    writer.uint64(UInt64(bitPattern: contact))
    writer.uint32(count)
    _ = try transaction.appendEvent(
      EventRecord(type: kind.rawValue, messageID: message, at: nowSeconds, body: writer.bytes))
  }

  /// Notes that the file of a message is here, or cannot be had. Nothing, when the message has ended meanwhile.
  package func noteFile(of message: Int64, isReady: Bool) throws {
    try vault.write { transaction in
      guard let record = try transaction.message(id: message), try attachment(message, transaction) != nil else {
        return
      }
      try appendEvent(isReady ? .attachmentReady : .attachmentFailed, message: record, transaction)
    }
  }

  private func subject(_ body: [UInt8], _ transaction: VaultTransaction) throws -> EventSubject {
    var reader = LayoutReader(body)
    try reader.expect(1, field: "event subject version")
    let id = Int64(bitPattern: try reader.uint64())
    let count = try reader.uint32()
    try reader.finish()
    let record = try transaction.contact(id: id)
    return EventSubject(
      contactID: id, contact: try record.map { try ContactBody($0.body).name },
      status: record.flatMap { ContactStatus(rawValue: $0.status) }, count: Int(count))
  }
}
