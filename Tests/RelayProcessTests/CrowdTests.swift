import ByteLayout
import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite(.serialized, .timeLimit(.minutes(4))) struct `A relay among clients that do it harm` {
  /// Two who are served all the time: an owner that reads, and a sender.
  private struct Pair {
    let mailbox: TestMailbox
    let owner: RelayConnection
    let sender: RelayConnection

    init(_ relay: RunningRelay) async throws {
      mailbox = try TestMailbox()
      owner = try await relay.owner(of: mailbox)
      sender = try await relay.connect()
    }

    /// Puts and fetches, each within five seconds, which is generous.
    func talk(_ count: Int = 20) async throws {
      let before = try await mailbox.fetchAll(owner).last?.seq ?? 0
      for _ in 0..<count {
        let time = try await ContinuousClock().measure { _ = try await sender.put(try mailbox.put()) }
        #expect(time < .seconds(5))
      }
      #expect(try await mailbox.fetchAll(owner, after: before).count == count)
    }
  }

  @Test func `serves the others beside 10 000 idle WebSockets in less than 512 MiB`() async throws {
    let count = 10_000
    try #require(OpenFiles.raiseLimit() > count + 500, "raise the hard limit on open files (ulimit -Hn) for this one")
    let relay = try await RunningRelay.start()
    let pair = try await Pair(relay)
    let before = try relay.process.peakMemory()
    var idle: [LoopbackSocket] = []
    for batch in 0..<count / 250 {
      // The ports of one address would not do for all.
      let sockets = try (0..<250).map { _ in try LoopbackSocket(port: relay.port, from: "127.88.0.\(batch + 1)") }
      for socket in sockets { socket.send(RawWebSocket.upgrade) }
      for socket in sockets {
        socket.setTimeLimit(.seconds(30))
        #expect(socket.receive(32).starts(with: "HTTP/1.1 101".utf8))
      }
      idle += sockets
    }
    try await pair.talk(100)
    let peak = try relay.process.peakMemory()
    print("10 000 idle connections: \((peak - before) / count) bytes of memory each, \(peak >> 20) MiB in all")
    #expect(peak < 512 << 20)
    #expect(idle.count == count)
    idle = []
    try await pair.talk()
    #expect(try await relay.terminate() == .code(0))
  }

  @Test func `pauses those who do not read, and keeps less than 4 MiB for each`() async throws {
    let relay = try await RunningRelay.start()
    let pair = try await Pair(relay)
    let (full, fence) = (try TestMailbox(), Fence.unopened)
    let owner = try await relay.connect()
    let opened = try await full.open(owner, presenting: fence)
    try await full.admit(owner)
    for _ in 0..<8 { _ = try await pair.sender.putBatch(try (0..<15).map { _ in try full.put(byteCount: 65_536) }) }
    let before = try relay.process.peakMemory()
    var readers: [LoopbackSocket] = []
    for _ in 0..<20 {
      var reader = try RawWebSocket(relay)
      let opening = try full.opening(try reader.hello(), presented: opened, next: .none)
      reader.socket.send(try RawWebSocket.frame(.owner(.openMailbox(opening)), id: 1))
      let subscribe = try SubscribeCommand(mailbox: full.id, after: 0)
      reader.socket.send(try RawWebSocket.frame(.owner(.subscribe(subscribe)), id: 2))
      for id in 3..<50 {
        let fetch = try FetchCommand(mailbox: full.id, after: 0)
        reader.socket.send(try RawWebSocket.frame(.owner(.fetch(fetch)), id: UInt64(id)))
      }
      readers.append(reader.socket)
    }
    // One that floods and never reads what it is told.
    let flood = try RawWebSocket(relay)
    flood.socket.setTimeLimit(.seconds(2))
    let ping = RawWebSocket.frame([UInt8](repeating: 7, count: 125), opcode: 9)
    let pings = Array(repeatElement(ping, count: 100).joined())
    for _ in 0..<2_000 { guard flood.socket.send(pings) else { break } }
    try await pair.talk()
    let growth = try relay.process.peakMemory() - before
    print("20 clients that do not read: \(growth / readers.count) bytes of memory each")
    #expect(growth < 20 * 4 << 20)
    #expect(try await full.fetchAll(owner).count == 120)
    #expect(try await relay.terminate() == .code(0))
  }

  @Test func `takes a request byte by byte, and does not wait for a head that does not end`() async throws {
    let relay = try await RunningRelay.start()
    let pair = try await Pair(relay)
    let endless = try (0..<50).map { _ in try LoopbackSocket(port: relay.port) }
    for socket in endless { socket.send("GET /v1/ws HTTP/1.1\r\nHost: a\r\nX-Slow: ".utf8) }
    var slow = try RawWebSocket(relay)
    _ = try slow.hello()
    let put = try pair.mailbox.put()
    for byte in try RawWebSocket.frame(.sender(.put(put)), id: 5) { slow.socket.send([byte]) }
    guard case .storedReceipt(let receipt) = try slow.next().event else {
      Issue.record("no receipt")
      return
    }
    #expect(receipt.envelopeID == put.envelopeID)
    try await pair.talk()
    for socket in endless {
      socket.setTimeLimit(.seconds(30))
      socket.send("x".utf8)
      _ = socket.receiveAll()
      // Closed by the relay: nothing can be sent any more.
      _ = socket.send("x".utf8)
      #expect(!socket.send("x".utf8))
    }
    try await pair.talk()
  }

  @Test func `goes on when a client vanishes without a word, and its mailbox is served elsewhere`() async throws {
    let relay = try await RunningRelay.start()
    let pair = try await Pair(relay)
    let network = try LoopbackForwarder(to: relay.port)
    let mailbox = try TestMailbox()
    let lost = try await RelayConnection.connect(
      to: try RelayAddress(url: "ws://127.0.0.1:\(network.port)"), expectedRelayKey: nil, timeLimit: .seconds(20))
    let fence = try await mailbox.open(lost)
    try await mailbox.admit(lost)
    try await lost.subscribe(try SubscribeCommand(mailbox: mailbox.id, after: 0))
    network.fallSilent()
    for _ in 0..<4 {
      _ = try await pair.sender.putBatch(try (0..<15).map { _ in try mailbox.put(byteCount: 65_536) })
    }
    let again = try await relay.connect()
    try await mailbox.open(again, presenting: fence)
    let found = try await mailbox.fetchAll(again)
    #expect(found.map(\.seq) == (1...60).map { UInt64($0) })
    try await pair.talk()
  }

  @Test func `closes what speaks garbage, fragments or giants, and serves the others`() async throws {
    let relay = try await RunningRelay.start()
    let pair = try await Pair(relay)
    var generator = SeededGenerator()
    let seed: Comment = "SOTTO_SEED=\(generator.seed)"
    let before = try relay.process.peakMemory()
    let fragment = RawWebSocket.frame([UInt8](repeating: 1, count: 1_000), isFinal: false)
    let continuation = RawWebSocket.frame([UInt8](repeating: 1, count: 1_000), opcode: 0, isFinal: false)
    for round in 0..<8 {
      var sockets: [LoopbackSocket] = []
      for number in 0..<25 {
        var rude = try RawWebSocket(relay)
        _ = try rude.hello()
        let noise = (0..<Int.random(in: 20...4_000, using: &generator)).map { _ in
          UInt8.random(in: .min ... .max, using: &generator)
        }
        switch number % 5 {
        case 0: rude.socket.send(noise)
        case 1: rude.socket.send(RawWebSocket.frame(noise))
        case 2: rude.socket.send(RawWebSocket.frame(noise, announcing: 1 << 40))
        case 3: rude.socket.send(fragment + Array(repeatElement(continuation, count: 500).joined()))
        default: rude.socket.send(RawWebSocket.frame([UInt8](repeating: 9, count: 200), opcode: 9))
        }
        // Noise may be the beginning of something longer.
        if number % 5 < 2 { rude.socket.finishSending() }
        sockets.append(rude.socket)
      }
      for socket in sockets { #expect(socket.receiveAll().count < 1 << 16, seed) }
      if round % 2 == 0 { try await pair.talk(2) }
    }
    let growth = try relay.process.peakMemory() - before
    #expect(growth < 64 << 20, seed)
    try await pair.talk()
    #expect(try await relay.terminate() == .code(0), seed)
  }
}
