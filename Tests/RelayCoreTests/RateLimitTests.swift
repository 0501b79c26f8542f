import ByteLayout
import RelayCore
import RelayWire
import Testing

@Suite struct `A token bucket` {
  private let rate = TokenBucket.Rate(capacity: 10, perSecond: 2)

  @Test func `lets its capacity through at once, then its rate`() {
    var bucket = TokenBucket(rate, at: .zero)
    for _ in 1...10 {
      #expect(bucket.delay(1, rate, at: .zero) == nil)
      bucket.take(1, rate, at: .zero)
    }
    #expect(bucket.delay(1, rate, at: .zero) == .milliseconds(500))
    #expect(bucket.delay(4, rate, at: .seconds(1)) == .seconds(1))
    #expect(bucket.delay(1, rate, at: .milliseconds(500)) == nil)
  }

  @Test func `never holds more than its capacity`() {
    var bucket = TokenBucket(rate, at: .zero)
    bucket.take(10, rate, at: .seconds(1_000_000))
    #expect(bucket.delay(1, rate, at: .seconds(1_000_000)) == .milliseconds(500))
  }

  @Test func `lets more than its capacity through when it is full, and waits longer after it`() {
    var bucket = TokenBucket(rate, at: .zero)
    #expect(bucket.delay(20, rate, at: .zero) == nil)
    bucket.take(20, rate, at: .zero)
    #expect(bucket.delay(1, rate, at: .zero) == .milliseconds(5_500))
  }

  @Test func `gains nothing from a clock that goes back`() {
    var bucket = TokenBucket(rate, at: .seconds(100))
    bucket.take(10, rate, at: .seconds(100))
    #expect(bucket.delay(1, rate, at: .seconds(50)) == .milliseconds(500))
    bucket.take(0, rate, at: .seconds(50))
    #expect(bucket.delay(1, rate, at: .seconds(100)) == .milliseconds(500))
  }
}

@Suite struct `A relay's rate limits` {
  private let limits = RateLimits(
    connection: .init(capacity: 8, perSecond: 1), entry: .init(capacity: 4, perSecond: 1),
    address: .init(capacity: 12, perSecond: 1))

  private func hash(_ byte: UInt8) -> AdmissionHash { AdmissionHash(Sample.fixed(byte)) }

  @Test func `hold for one entry over all connections, and leave the others alone`() throws {
    var limiter = RateLimiter(limits)
    var one = limiter.connection(at: .zero)
    var two = limiter.connection(at: .zero)
    for _ in 1...2 {
      #expect(limiter.judge(entries: [hash(1)], weight: 1, connection: &one, address: nil, at: .zero) == nil)
      #expect(limiter.judge(entries: [hash(1)], weight: 1, connection: &two, address: nil, at: .zero) == nil)
    }
    #expect(limiter.judge(entries: [hash(1)], weight: 1, connection: &two, address: nil, at: .zero) == .seconds(1))
    #expect(limiter.judge(entries: [hash(2)], weight: 1, connection: &two, address: nil, at: .zero) == nil)
    #expect(limiter.judge(entries: [hash(1)], weight: 1, connection: &two, address: nil, at: .seconds(1)) == nil)
  }

  @Test func `hold for one connection whatever tags it shows, and refusals cost nothing`() throws {
    var limiter = RateLimiter(limits)
    var connection = limiter.connection(at: .zero)
    for byte in UInt8(1)...8 {
      #expect(limiter.judge(entries: [hash(byte)], weight: 1, connection: &connection, address: nil, at: .zero) == nil)
    }
    for _ in 1...100 {
      #expect(
        limiter.judge(entries: [hash(9)], weight: 1, connection: &connection, address: nil, at: .zero) == .seconds(1))
    }
    #expect(limiter.judge(entries: [hash(9)], weight: 1, connection: &connection, address: nil, at: .seconds(1)) == nil)
  }

  @Test func `hold for one address prefix over all its connections`() throws {
    var limiter = RateLimiter(limits)
    let near = try #require(AddressPrefix(address: [203, 0, 113, 1]))
    let far = try #require(AddressPrefix(address: [203, 0, 114, 1]))
    for _ in 1...12 {
      var connection = limiter.connection(at: .zero)
      #expect(limiter.judge(entries: [], weight: 1, connection: &connection, address: near, at: .zero) == nil)
    }
    var connection = limiter.connection(at: .zero)
    #expect(limiter.judge(entries: [], weight: 1, connection: &connection, address: near, at: .zero) == .seconds(1))
    #expect(limiter.judge(entries: [], weight: 1, connection: &connection, address: far, at: .zero) == nil)
  }

  @Test func `count a batch by its puts, each at its own entry`() throws {
    var limiter = RateLimiter(limits)
    var connection = limiter.connection(at: .zero)
    let batch = [hash(1), hash(1), hash(1), hash(2)]
    #expect(limiter.judge(entries: batch, weight: 4, connection: &connection, address: nil, at: .zero) == nil)
    #expect(limiter.judge(entries: batch, weight: 4, connection: &connection, address: nil, at: .zero) == .seconds(2))
  }

  @Test func `remember a bounded number of entries and prefixes`() throws {
    let generous = RateLimits(
      connection: .init(capacity: 1e9, perSecond: 1), entry: limits.entry, address: limits.address)
    var limiter = RateLimiter(generous, capacity: 100)
    var connection = limiter.connection(at: .zero)
    for number in 0..<5_000 {
      var bytes = FixedBytes<16>()
      bytes[0] = UInt8(truncatingIfNeeded: number)
      bytes[1] = UInt8(truncatingIfNeeded: number >> 8)
      let address = AddressPrefix(address: [10, bytes[1], bytes[0], 1])
      #expect(
        limiter.judge(
          entries: [AdmissionHash(bytes)], weight: 1, connection: &connection, address: address, at: .zero) == nil)
      #expect(limiter.count <= 200)
    }
    #expect(limiter.count >= 100)
  }

  @Test func `tell when to come again in whole seconds, and never at once`() {
    #expect(RelayRefusal.rateLimited(.milliseconds(1)).retryAfterSeconds == 1)
    #expect(RelayRefusal.rateLimited(.seconds(2)).retryAfterSeconds == 2)
    #expect(RelayRefusal.rateLimited(.milliseconds(2_001)).retryAfterSeconds == 3)
    #expect(RelayRefusal.rateLimited(.zero).retryAfterSeconds == 1)
    #expect(RelayRefusal.rateLimited(.zero).code == .rateLimited)
  }
}

@Suite struct `An address prefix` {
  @Test func `is a /24 of IPv4, also inside IPv6`() {
    let prefix = AddressPrefix(address: [203, 0, 113, 1])
    #expect(prefix != nil)
    #expect(prefix == AddressPrefix(address: [203, 0, 113, 254]))
    #expect(prefix != AddressPrefix(address: [203, 0, 112, 1]))
    #expect(prefix == AddressPrefix(address: [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 203, 0, 113, 77]))
  }

  @Test func `is a /48 of IPv6`() {
    func address(_ start: [UInt8], _ end: UInt8) -> [UInt8] {
      start + [UInt8](repeating: 0, count: 15 - start.count) + [end]
    }
    let prefix = AddressPrefix(address: address([0x20, 0x01, 0x0d, 0xb8, 0, 1], 1))
    #expect(prefix != nil)
    #expect(prefix == AddressPrefix(address: address([0x20, 0x01, 0x0d, 0xb8, 0, 1, 9, 9], 2)))
    #expect(prefix != AddressPrefix(address: address([0x20, 0x01, 0x0d, 0xb8, 0, 2], 1)))
  }

  @Test func `is none for loopback and for what is no address`() {
    #expect(AddressPrefix(address: [127, 0, 0, 1]) == nil)
    #expect(AddressPrefix(address: [UInt8](repeating: 0, count: 15) + [1]) == nil)
    #expect(AddressPrefix(address: [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 127, 0, 0, 1]) == nil)
    #expect(AddressPrefix(address: []) == nil)
    #expect(AddressPrefix(address: [1, 2, 3]) == nil)
  }
}
