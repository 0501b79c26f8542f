import ByteLayout
import MessageContent
import Vault

/// Bounds of what a peer can make this device keep.
enum OperationLimits {
  /// An early operation waits as long as a relay may hold its target, and a day more (G3).
  static let pendingSeconds: Int64 = 31 * 86_400
  /// Operations of one contact that wait for their targets.
  static let pendingPerContact = 1_000
}

extension DeviceValue {
  /// How many operations of peers were dropped: u64.
  static let droppedOperations = DeviceValue(rawValue: 20)
}

extension Messenger {
  /// An operation that came before its target, and where it is kept.
  typealias PendingOperation = (record: PendingOperationRecord, input: OperationInput)

  /// An operation from a peer. What is not allowed has no effect but a count (G8).
  func apply(
    _ operation: Operation, _ header: ContentHeader, encoded: [UInt8], from peer: AuthenticatedPeer,
    _ transaction: VaultTransaction
  ) throws {
    guard peer.contact.status == ContactStatus.accepted.rawValue else { return try countDropped(transaction) }
    let input = OperationInput(
      operation: operation, id: header.id.bytes, sentAtMilliseconds: header.sentAtMilliseconds,
      author: peer.contactBody.account, contactID: peer.contact.id,
      conversation: try conversation(of: peer, transaction),
      isOwn: false)
    // What is said in it lives no longer than what it belongs to.
    let start = header.sentAtMilliseconds / 1_000
    let end = MessageLimits(header.expiry).completed.deadline(from: start, nowSeconds)
    try apply(input, encoded: encoded, keptUntil: end ?? .max, transaction)
  }

  /// Does an operation, or keeps it until its target is there.
  ///
  /// - Parameter end: when it is over at the latest, unix seconds.
  func apply(
    _ input: OperationInput, encoded: [UInt8], keptUntil end: Int64 = .max, _ transaction: VaultTransaction
  ) throws {
    let rule = rule(for: input.operation.kind)
    guard let target = input.operation.target else { return try rule.apply(input, by: self, transaction) }
    guard rule.isAllowed(input, on: target) else { return try countDropped(transaction) }
    let hash = messageHash(author: target.author, id: target.id.bytes, transaction)
    if let message = try transaction.message(midHash: hash) {
      return try apply(input, rule, to: message, transaction)
    }
    guard try transaction.pendingOperationCount(contactID: input.contactID) < OperationLimits.pendingPerContact else {
      return try countDropped(transaction)
    }
    try transaction.insertPendingOperation(
      PendingOperationRecord(
        targetHash: hash,
        operationHash: transaction.lookup(label: "operation", input.author.array + input.id.array),
        contactID: input.contactID, keepUntil: min(end, nowSeconds + OperationLimits.pendingSeconds), body: encoded))
  }

  /// What came before this message: applied in the transaction that has just inserted it (G3).
  func apply(_ pending: [PendingOperation], to id: Int64, _ transaction: VaultTransaction) throws {
    guard !pending.isEmpty, let message = try transaction.message(id: id) else { return }
    for (record, input) in pending {
      try apply(input, rule(for: input.operation.kind), to: message, transaction)
      try transaction.deletePendingOperation(id: record.id)
    }
  }

  /// The operations that wait for this target and may be done to it. Those of others are left to expire.
  func pendingOperations(
    on hash: FixedBytes<16>, in conversation: Int64, from peer: AuthenticatedPeer, _ transaction: VaultTransaction
  ) throws -> [PendingOperation] {
    try transaction.pendingOperations(targetHash: hash).compactMap { record in
      guard record.contactID == peer.contact.id,
        case .known(let content) = try ContentCodec.decode(record.body), case .operation(let operation) = content.kind
      else { return nil }
      return (
        record,
        OperationInput(
          operation: operation, id: content.header.id.bytes, sentAtMilliseconds: content.header.sentAtMilliseconds,
          author: peer.contactBody.account, contactID: record.contactID, conversation: conversation, isOwn: false)
      )
    }
  }

  private func apply(
    _ input: OperationInput, _ rule: any OperationRule, to message: MessageRecord, _ transaction: VaultTransaction
  ) throws {
    guard message.conversationID == input.conversation, message.isSaid else {
      return try countDropped(transaction)
    }
    // Deleting beats everything, and so does every other end (G4).
    guard try !isGone(message, transaction) else { return }
    try rule.apply(input, to: message, by: self, transaction)
  }

  /// The conversation that a peer's session speaks in.
  func conversation(of peer: AuthenticatedPeer, _ transaction: VaultTransaction) throws -> Int64 {
    try peer.secretChat ?? conversationID(contact: peer.contact.id, transaction)
  }

  /// Counts something of a peer that was dropped.
  func countDropped(_ transaction: VaultTransaction) throws {
    var writer = LayoutWriter()
    writer.uint64(try droppedOperationCount(transaction) + 1)
    try transaction.setDeviceValue(.droppedOperations, writer.bytes)
  }

  private func droppedOperationCount(_ transaction: VaultTransaction) throws -> UInt64 {
    guard let bytes = try transaction.deviceValue(.droppedOperations) else { return 0 }
    var reader = LayoutReader(bytes)
    return try reader.uint64()
  }

  /// How many operations and requests of peers were dropped because they were not allowed.
  package func droppedOperationCount() throws -> UInt64 {
    try vault.read { transaction in try droppedOperationCount(transaction) }
  }
}
