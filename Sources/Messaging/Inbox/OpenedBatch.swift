import RelayWire

/// The envelopes of one transaction, whose first layers are opened ahead of it.
struct OpenedBatch {
  /// From that many on another processor is worth asking.
  private static let worthwhileCount = 8

  private let keys: [Caches.SealingKey?]
  private let senders: SendersAhead

  /// - Parameters:
  ///   - items: of a mailbox's log; those up to `cursor` are passed over.
  ///   - inBackground: where they are opened ahead; nil: nowhere.
  ///   - key: the own sealing key of an envelope.
  init(
    _ items: ArraySlice<MailboxItem>, after cursor: UInt64, mailbox: MailboxID,
    inBackground: BackgroundWork?, key: ([UInt8]) throws -> Caches.SealingKey?
  ) throws {
    var keys: [Caches.SealingKey?] = []
    var envelopes: [(envelope: StoredEnvelopeBytes, key: OwnSealingKey)?] = []
    for item in items {
      guard case .envelope(let stored) = item, item.seq > cursor, let key = try key(stored.envelope.bytes) else {
        keys.append(nil)
        envelopes.append(nil)
        continue
      }
      keys.append(key)
      envelopes.append(
        (StoredEnvelopeBytes(bytes: stored.envelope.bytes, id: stored.envelopeID, mailbox: mailbox), key.own))
    }
    self.keys = keys
    let senders = SendersAhead(envelopes)
    self.senders = senders
    if envelopes.count >= Self.worthwhileCount { inBackground? { senders.run() } }
  }

  /// An item as an envelope whose sender is named, once only; nil for one that does not open.
  func named(_ index: Int) throws -> NamedEnvelope? {
    guard let key = keys[index], let named = try senders.take(index) else { return nil }
    return NamedEnvelope(named: named, sealingKey: key)
  }

  /// Nothing more is opened.
  func stop() { senders.stop() }
}
