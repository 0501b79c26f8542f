import ByteLayout
import NIOCore
import NIOWebSocket
import RelayServer
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A relay's memory per connection` {
  @Test func `is bounded for a subscriber that does not read, and nothing is lost`() async throws {
    let (count, byteCount) = (640, 65_536)  // 40 pages of 1 MiB: more than the sockets hold
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      let tag = AdmissionTag(FixedBytes())
      let (owner, hello) = try await relay.connect()
      _ = try await owner.ask(.owner(.openMailbox(try mailbox.opening(hello))))
      _ = try await owner.ask(.owner(.setAdmission(try mailbox.admission(tag))))
      let (sender, _) = try await relay.connect()
      for start in stride(from: 0, to: count, by: 10) {
        await relay.store.fill(try (start..<start + 10).map { try mailbox.put($0, tag: tag, byteCount: byteCount) })
      }

      try await owner.setReading(false)
      try await owner.send(.owner(.subscribe(try SubscribeCommand(mailbox: mailbox.id, after: 0))), id: 2)
      // Long enough for a relay that does not pause to read everything: as many answered puts as it read pages.
      for number in 1_000..<1_100 { _ = try await sender.ask(.sender(.put(try mailbox.put(number, tag: tag)))) }
      #expect(relay.store.pagesRead < 30)

      try await owner.setReading(true)
      var seqs: [UInt64] = []
      while seqs.count < count {
        let frame = try FrameCodec.decodeFrame(try await owner.next(.binary))
        guard case .page(let page) = frame.event else { continue }
        seqs += page.items.map(\.seq)
      }
      #expect(seqs.prefix(count) == (1...UInt64(count)).map { $0 }[...])
    }
  }

  @Test func `is bounded for one that asks for pages and does not read them`() async throws {
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      let tag = AdmissionTag(FixedBytes())
      let (owner, hello) = try await relay.connect()
      _ = try await owner.ask(.owner(.openMailbox(try mailbox.opening(hello))))
      _ = try await owner.ask(.owner(.setAdmission(try mailbox.admission(tag))))
      let (sender, _) = try await relay.connect()
      await relay.store.fill(try (0..<15).map { try mailbox.put($0, tag: tag, byteCount: 65_536) })

      try await owner.setReading(false)
      let fetch = try FetchCommand(mailbox: mailbox.id, after: 0)
      try await owner.send(.owner(.fetch(fetch)), ids: 1...60)
      for number in 100..<200 { _ = try await sender.ask(.sender(.put(try mailbox.put(number, tag: tag)))) }
      #expect(relay.store.pagesRead < 50)

      try await owner.setReading(true)
      var answered: Set<UInt64> = []
      while answered.count < 60 { answered.insert(try FrameCodec.decodeFrame(try await owner.next(.binary)).requestID) }
      #expect(answered == Set(1...60))
    }
  }

  @Test func `is bounded for one that fetches and waits`() async throws {
    try await TestRelay.serve { relay in
      let mailbox = try TestOwner()
      let (owner, hello) = try await relay.connect()
      _ = try await owner.ask(.owner(.openMailbox(try mailbox.opening(hello))))
      let fetch = try FetchCommand(mailbox: mailbox.id, after: 0, waitMilliseconds: 30_000)
      for id in 1...UInt64(PageQueue.maximumFetches) { try await owner.send(.owner(.fetch(fetch)), id: id) }
      let answer = try await owner.ask(.owner(.fetch(fetch)), id: 999)
      guard case .refusal(let refusal) = answer else { return #expect(Bool(false), "not refused") }
      #expect(refusal.code == .rateLimited)
      #expect(refusal.retryAfterSeconds > 0)
    }
  }
}
