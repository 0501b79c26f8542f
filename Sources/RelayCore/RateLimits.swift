package import RelayWire

/// How much senders may ask of a relay per time (R12), in requests; a batch counts each of its puts.
package struct RateLimits: Hashable, Sendable {
  package var connection: TokenBucket.Rate
  package var entry: TokenBucket.Rate
  package var address: TokenBucket.Rate
  /// First openings of mailboxes from one address prefix, whether they make one or not.
  package var registration: TokenBucket.Rate

  package init(
    connection: TokenBucket.Rate, entry: TokenBucket.Rate, address: TokenBucket.Rate,
    registration: TokenBucket.Rate = RateLimits.standardRegistration
  ) {
    self.connection = connection
    self.entry = entry
    self.address = address
    self.registration = registration
  }

  /// 32 at once, and as many in an hour: a whole office that begins today.
  package static let standardRegistration = TokenBucket.Rate(capacity: 32, perSecond: 32 / 3_600)

  /// What a person, a household and a busy bot stay below.
  package static let standard = RateLimits(
    connection: .init(capacity: 4_096, perSecond: 200), entry: .init(capacity: 2_048, perSecond: 20),
    address: .init(capacity: 16_384, perSecond: 800))
}

/// The part of a client's address that it cannot change at will: 3 bytes of IPv4 (/24), 6 of IPv6 (/48). In memory only.
package struct AddressPrefix: Hashable, Sendable {
  private let bytes: [UInt8]

  /// The prefix of an address of 4 or 16 bytes, in network order. An IPv4 address inside IPv6 is the IPv4 address.
  ///
  /// - Returns: nil for loopback, behind which a proxy may hide everybody, and for what is no address.
  package init?(address: [UInt8]) {
    let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
    let address = address.count == 16 && address.starts(with: mapped) ? Array(address.suffix(4)) : address
    switch address.count {
    case 4 where address[0] != 127: bytes = Array(address.prefix(3))
    case 16 where address != [UInt8](repeating: 0, count: 15) + [1]: bytes = Array(address.prefix(6))
    default: return nil
    }
  }
}

/// One relay's limits on its senders: pure, with the time given. Forgets the buckets that were not used for longest.
///
/// What is over a limit costs nothing, so that a client that waits as it is told gets through.
package struct RateLimiter: Sendable {
  /// Entries and prefixes that are remembered, each.
  package static let capacity = 65_536

  private let limits: RateLimits
  private var entries: RecentTable<AdmissionHash, TokenBucket>
  private var addresses: RecentTable<AddressPrefix, TokenBucket>
  private var registrations: RecentTable<AddressPrefix, TokenBucket>

  package init(_ limits: RateLimits, capacity: Int = RateLimiter.capacity) {
    self.limits = limits
    entries = RecentTable(capacity: capacity)
    addresses = RecentTable(capacity: capacity)
    registrations = RecentTable(capacity: capacity)
  }

  /// How many entries and prefixes are remembered.
  package var count: Int { entries.count + addresses.count + registrations.count }

  /// A fresh connection's bucket, which the connection keeps.
  package func connection(at now: Duration) -> TokenBucket { TokenBucket(limits.connection, at: now) }

  /// Judges the first opening of a mailbox, and counts it if it may pass.
  ///
  /// - Returns: how long to wait before it would pass, or nil: it passes.
  package mutating func judgeRegistration(from address: AddressPrefix, at now: Duration) -> Duration? {
    var bucket = registrations[address] ?? TokenBucket(limits.registration, at: now)
    if let delay = bucket.delay(1, limits.registration, at: now) { return delay }
    bucket.take(1, limits.registration, at: now)
    registrations[address] = bucket
    return nil
  }

  /// Judges one sender's command, and counts it if it may pass.
  ///
  /// - Parameters:
  ///   - entries: the hashes of the tags that it presents, one for each put.
  ///   - weight: the requests in it: puts, tokens, or 1.
  /// - Returns: how long to wait before it would pass, or nil: it passes.
  package mutating func judge(
    entries hashes: [AdmissionHash], weight: Int, connection: inout TokenBucket, address: AddressPrefix?,
    at now: Duration
  ) -> Duration? {
    let weight = Double(max(weight, 1))
    var counts: [AdmissionHash: Double] = [:]
    for hash in hashes { counts[hash, default: 0] += 1 }
    var delay = connection.delay(weight, limits.connection, at: now)
    func longer(_ other: Duration?) { if let other { delay = max(delay ?? .zero, other) } }
    for (hash, count) in counts { longer(entries[hash]?.delay(count, limits.entry, at: now)) }
    if let address { longer(addresses[address]?.delay(weight, limits.address, at: now)) }
    if let delay { return delay }

    connection.take(weight, limits.connection, at: now)
    for (hash, count) in counts {
      var bucket = entries[hash] ?? TokenBucket(limits.entry, at: now)
      bucket.take(count, limits.entry, at: now)
      entries[hash] = bucket
    }
    if let address {
      var bucket = addresses[address] ?? TokenBucket(limits.address, at: now)
      bucket.take(weight, limits.address, at: now)
      addresses[address] = bucket
    }
    return nil
  }
}
