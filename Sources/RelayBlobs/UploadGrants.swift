import RelayWire

/// Uploads that were granted and have not begun: in memory, for ten minutes, and at most so many.
struct UploadGrants {
  /// How long a grant waits.
  static let validSeconds: UInt64 = 600
  static let capacity = 65_536

  struct Grant: Hashable, Sendable {
    let fileByteCount: UInt64
    let retention: Retention
    /// Unix seconds.
    let validUntil: UInt64
  }

  private var grants: [BlobID: Grant] = [:]
  /// In the order in which they end, which is that in which they were given while the clock goes forward.
  private var order: [(blob: BlobID, validUntil: UInt64)] = []
  /// What all grants together have been promised.
  private(set) var byteCount: UInt64 = 0

  var count: Int { grants.count }

  /// Asked for again, the newer grant counts.
  mutating func add(_ blob: BlobID, _ grant: Grant) {
    remove(blob)
    grants[blob] = grant
    order.append((blob, grant.validUntil))
    byteCount += grant.fileByteCount
  }

  func find(_ blob: BlobID, now: UInt64) -> Grant? {
    grants[blob].flatMap { now < $0.validUntil ? $0 : nil }
  }

  mutating func remove(_ blob: BlobID) {
    if let grant = grants.removeValue(forKey: blob) { byteCount -= grant.fileByteCount }
  }

  /// Forgets what was not used in time.
  mutating func removeExpired(now: UInt64) {
    let over = order.prefix { $0.validUntil <= now }
    for (blob, _) in over where grants[blob].map({ $0.validUntil <= now }) ?? false { remove(blob) }
    order.removeFirst(over.count)
  }
}
