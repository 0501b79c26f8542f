import RelayWire

/// Producers put while the owners of all mailboxes are connected, subscribed, and acknowledge every page they get.
///
/// A latency is from the put to its arrival at the owner.
struct LiveLoad {
  let mailboxes: LoadMailboxes
  /// The relay's process.
  let relay: Int32

  /// - Parameters:
  ///   - connections: of producers, beside one of every owner.
  ///   - rate: puts per second, come what may; nil: every producer waits for its receipt before its next put.
  func run(on connections: Int, rate: Double?, for time: Duration) throws -> Rate {
    var run = try Run(mailboxes, relay: relay, connections: connections)
    return try run.rate(rate, for: time)
  }

  /// Owners at the indices of their mailboxes, producers behind them.
  private struct Run {
    private let clients: LoadConnections
    private let owners: Int
    private let relay: Int32
    private var frames: [LoadFrame]
    private var sent = 0
    private var receipts = 0
    private var latencies: [UInt64] = []
    private let start: UInt64

    init(_ mailboxes: LoadMailboxes, relay: Int32, connections: Int) throws {
      clients = try mailboxes.owners()
      owners = mailboxes.count
      self.relay = relay
      frames = try mailboxes.frames()
      for (index, id) in mailboxes.ids.enumerated() {
        _ = try clients.ask(.owner(.subscribe(SubscribeCommand(mailbox: id, after: 0))), on: index)
      }
      for _ in 0..<connections { try clients.connectAndGreet(port: mailboxes.port) }
      start = Monotonic.now()
    }

    mutating func rate(_ rate: Double?, for time: Duration) throws -> Rate {
      let watch = Stopwatch(relay: relay)
      let end = start + UInt64(time.inSeconds * 1e9)
      if rate == nil { for connection in owners..<clients.count { try put(on: connection) } }
      while true {
        let now = Monotonic.now()
        if now >= end, receipts == sent, latencies.count == sent { break }
        guard now < end + 10_000_000_000 else {
          throw LoadFailure("of \(sent) puts \(receipts) got receipts and \(latencies.count) were delivered")
        }
        if let rate, now < end {
          while Double(sent) < Double(now - start) / 1e9 * rate {
            try put(on: owners + sent % (clients.count - owners))
          }
        }
        try clients.poll(milliseconds: 1) { connection, message in
          guard connection >= owners else { return try deliver(message, on: connection) }
          _ = try LoadFrame.receipt(message)
          receipts += 1
          if rate == nil, Monotonic.now() < end { try put(on: connection) }
        }
      }
      return watch.rate(nanoseconds: latencies)
    }

    private mutating func put(on connection: Int) throws {
      let number = sent % frames.count
      frames[number].renew(id: LoadFrame.firstID + UInt64(sent), at: Monotonic.now())
      sent += 1
      try clients.send(frames[number].bytes, on: connection)
    }

    private mutating func deliver(_ message: UnsafeRawBufferPointer, on connection: Int) throws {
      guard case .page(let page) = try FrameCodec.decodeFrame([UInt8](message)).event else { return }
      let now = Monotonic.now()
      for case .envelope(let item) in page.items {
        // What an earlier measurement left is not live.
        if let time = LoadFrame.time(in: item.envelope), time >= start { latencies.append(now - time) }
      }
      let command = try AcknowledgeCommand(mailbox: page.mailbox, upTo: page.end)
      try clients.send(LoadFrame.bytes(ClientRequest(id: 1, command: .owner(.acknowledge(command)))), on: connection)
    }
  }
}
