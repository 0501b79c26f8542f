import RelayWire

/// Producers that put 1 KiB envelopes into the mailboxes in turn: each waits for its receipt before its next put.
struct PutLoad {
  let mailboxes: LoadMailboxes
  /// The relay's process, whose share of the processors is told.
  let relay: Int32

  /// - Parameters:
  ///   - inFlight: puts that wait for their receipts at any time.
  ///   - connections: how many connections share them.
  func run(_ inFlight: Int, on connections: Int, for time: Duration) throws -> Rate {
    let senders = LoadConnections()
    for _ in 0..<connections { try senders.connectAndGreet(port: mailboxes.port) }
    var frames = try mailboxes.frames()
    var starts: [UInt64] = []
    var latencies: [UInt64] = []
    func put(on connection: Int) throws {
      let (number, now) = (starts.count, Monotonic.now())
      frames[number % frames.count].renew(id: LoadFrame.firstID + UInt64(number), at: now)
      starts.append(now)
      try senders.send(frames[number % frames.count].bytes, on: connection)
    }
    let watch = Stopwatch(relay: relay)
    let end = Monotonic.now() + UInt64(time.inSeconds * 1e9)
    for number in 0..<inFlight { try put(on: number % connections) }
    while latencies.count < starts.count {
      try senders.poll(milliseconds: 1_000) { connection, message in
        let now = Monotonic.now()
        latencies.append(now - starts[Int(try LoadFrame.receipt(message) - LoadFrame.firstID)])
        if now < end { try put(on: connection) }
      }
    }
    return watch.rate(nanoseconds: latencies)
  }
}
