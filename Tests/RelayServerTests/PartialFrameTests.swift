import ByteLayout
import NIOCore
import NIOWebSocket
import RelayServer
import RelayWire
import Synchronization
import Testing

@Suite struct `Frames that are not whole` {
  private final class Holder: Sendable {
    let isEvicted = Mutex(false)
    func hold(_ byteCount: Int, _ frames: PartialFrames) {
      frames.hold(byteCount, by: self) { [self] in isEvicted.withLock { $0 = true } }
    }
    var wasEvicted: Bool { isEvicted.withLock { $0 } }
  }

  @Test func `make room in the order in which they began, and no more than is needed`() {
    let frames = PartialFrames(budget: 100_000)
    let holders = (0..<4).map { _ in Holder() }
    for holder in holders[..<3] { holder.hold(30_000, frames) }
    // Growing makes nobody younger.
    holders[0].hold(32_000, frames)
    holders[3].hold(20_000, frames)
    #expect(holders.map(\.wasEvicted) == [true, false, false, false])
    #expect(frames.byteCount == 80_000)
    holders[3].hold(70_000, frames)
    #expect(holders.map(\.wasEvicted) == [true, true, false, false])
  }

  @Test func `count only while they are large, and until they are whole`() {
    let frames = PartialFrames(budget: 100_000)
    let (small, large) = (Holder(), Holder())
    small.hold(PartialFrames.freeByteCount, frames)
    #expect(frames.byteCount == 0)
    large.hold(50_000, frames)
    large.hold(100, frames)
    #expect(frames.byteCount == 0)
    large.hold(50_000, frames)
    frames.release(large)
    #expect(frames.byteCount == 0)
    #expect(!small.wasEvicted && !large.wasEvicted)
  }
}

@Suite(.timeLimit(.minutes(2))) struct `A connection that does not finish a frame` {
  /// The head of a masked binary frame of 1 MiB − 1 and so many bytes of it.
  private func part(_ byteCount: Int) -> [UInt8] {
    [0x82, 0xFF, 0, 0, 0, 0, 0, 0x0F, 0xFF, 0xFF, 1, 2, 3, 4] + [UInt8](repeating: 0, count: byteCount)
  }

  @Test func `makes room when all together hold too much, and others are served`() async throws {
    try await TestRelay.serve(operation: { $0.partialFrameBudget = 1 << 20 }) { relay in
      let (first, _) = try await relay.connect()
      try await first.sendRaw(part(600_000))
      let (second, _) = try await relay.connect()
      try await second.sendRaw(part(600_000))
      #expect(try await first.closeCode() == 1_013)
      let (third, _) = try await relay.connect()
      guard case .info = try await third.ask(.anyone(.getInfo)) else {
        Issue.record("not served")
        return
      }
      // What made room is not held any more: the second may go on.
      try await second.sendRaw([UInt8](repeating: 0, count: (1 << 20) - 1 - 600_000))
      #expect(try await second.closeCode() == 1_007)  // Zeros are no frame of ours, but they were all read.
    }
  }

  @Test func `is closed when nothing more of it comes`() async throws {
    try await TestRelay.serve(operation: { $0.times.frameLimit = .milliseconds(300) }) { relay in
      let (slow, _) = try await relay.connect()
      try await slow.sendRaw(part(100))
      #expect(try await slow.closeCode() == 1_008)
    }
  }

  @Test func `may send whole frames for as long as it likes`() async throws {
    try await TestRelay.serve(operation: { $0.times.frameLimit = .milliseconds(300) }) { relay in
      let (socket, _) = try await relay.connect()
      let end = ContinuousClock.now + .milliseconds(900)
      while ContinuousClock.now < end {
        guard case .info = try await socket.ask(.anyone(.getInfo)) else {
          Issue.record("not served")
          return
        }
      }
    }
  }
}

@Suite struct `What is written to a client` {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  @Test func `moves as long as less is left than was written since`() {
    var progress = WriteProgress()
    progress.wrote(1_000)
    #expect(progress.judge(waiting: 900, now: start) == .moving)
    progress.wrote(1_000)
    #expect(progress.judge(waiting: 1_800, now: start + .seconds(1)) == .moving)
    #expect(progress.judge(waiting: 1_799, now: start + .seconds(2)) == .moving)
  }

  @Test func `stands still since something last left, whatever is written meanwhile`() {
    var progress = WriteProgress()
    progress.wrote(1_000)
    _ = progress.judge(waiting: 900, now: start)
    progress.wrote(50)
    #expect(progress.judge(waiting: 960, now: start + .seconds(30)) == .stalled(since: start))
    #expect(progress.judge(waiting: 960, now: start + .seconds(60)) == .stalled(since: start))
    #expect(progress.judge(waiting: 0, now: start + .seconds(61)) == .idle)
    progress.wrote(10)
    #expect(progress.judge(waiting: 12, now: start + .seconds(90)) == .stalled(since: start + .seconds(90)))
  }
}

@Suite(.timeLimit(.minutes(2))) struct `A client that does not keep up` {
  /// A relay that looks ten times a second, and gives up after one.
  private static func hurry(_ operation: inout RelayOperation) {
    operation.times.watchInterval = .milliseconds(100)
    operation.times.silenceLimit = .seconds(1)
  }

  /// An owner with 40 MiB waiting, more than the sockets hold, and a subscription.
  private func subscriber(_ relay: TestRelay) async throws -> TestSocket {
    let mailbox = try TestOwner()
    let tag = AdmissionTag(FixedBytes())
    let (first, firstHello) = try await relay.connect()
    _ = try await first.ask(.owner(.openMailbox(try mailbox.firstOpening(firstHello))))
    _ = try await first.ask(.owner(.setAdmission(try mailbox.admission(tag))))
    for start in stride(from: 0, to: 640, by: 10) {
      await relay.store.fill(try (start..<start + 10).map { try mailbox.put($0, tag: tag, byteCount: 65_536) })
    }
    // The first one may have been too silent meanwhile.
    let (owner, hello) = try await relay.connect()
    _ = try await owner.ask(.owner(.openMailbox(try mailbox.reopening(hello))))
    try await owner.setReading(false)
    try await owner.send(.owner(.subscribe(try SubscribeCommand(mailbox: mailbox.id, after: 0))), id: 2)
    return owner
  }

  @Test func `is dropped when it reads nothing, even if it goes on talking`() async throws {
    try await TestRelay.serve(operation: Self.hurry) { relay in
      let owner = try await subscriber(relay)
      let ping = WebSocketFrame(fin: true, opcode: .ping, maskKey: .random(), data: ByteBuffer())
      // Ends when the relay's end is gone; the suite's limit ends a relay that keeps it.
      while (try? await owner.send(ping)) != nil { try await ContinuousClock().sleep(for: .milliseconds(10)) }
    }
  }

  @Test func `stays as long as it reads a little`() async throws {
    try await TestRelay.serve(operation: Self.hurry) { relay in
      let owner = try await subscriber(relay)
      let end = ContinuousClock.now + .seconds(3)
      try await owner.channel.setOption(.maxMessagesPerRead, value: 1).get()
      while ContinuousClock.now < end {
        owner.channel.read()
        try await ContinuousClock().sleep(for: .milliseconds(20))
      }
      try await owner.channel.setOption(.maxMessagesPerRead, value: 16).get()
      try await owner.setReading(true)
      var seqs: [UInt64] = []
      while seqs.count < 640 {
        guard case .page(let page) = try FrameCodec.decodeFrame(try await owner.next(.binary)).event else { continue }
        try await owner.send(WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: ByteBuffer()))
        seqs += page.items.map(\.seq)
      }
      #expect(seqs == Array(1...640))
    }
  }
}
