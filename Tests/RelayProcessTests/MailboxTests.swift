import ByteLayout
import Foundation
import ProcessSupport
import RelayClient
import RelayProofs
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A relay's mailboxes` {
  @Test func `a newer owner ends the older one, and a copy is fenced`() async throws {
    let relay = try await RunningRelay.start()
    let mailbox = try TestMailbox()
    let first = try await relay.connect()
    let fence = try await mailbox.open(first)
    let second = try await relay.connect()
    let newer = try await mailbox.open(second, presenting: fence)

    var pushes = first.pushes.makeAsyncIterator()
    #expect(await pushes.next() == .fencedOut(mailbox.id))
    #expect(await pushes.next() == nil)

    let copy = try await relay.connect()
    let refused = await refusal { try await mailbox.open(copy, presenting: fence) }
    #expect(refused?.code == .fenced)
    // The copy's attempt ends nobody, and presenting alone is allowed beside the owner.
    let present = try await copy.openMailbox(
      try mailbox.opening(copy.hello, presented: newer, next: .none))
    #expect(present.generation == newer.generation)
    #expect(try await second.fetch(try FetchCommand(mailbox: mailbox.id, after: 0)).items.isEmpty)
  }

  @Test func `a signature is good for one connection only`() async throws {
    let relay = try await RunningRelay.start()
    let mailbox = try TestMailbox()
    let (first, second) = (try await relay.connect(), try await relay.connect())
    let opening = try mailbox.opening(
      first.hello, presented: .unopened, next: FenceNonce(TestMailbox.random()))
    let refused = await refusal { _ = try await second.openMailbox(opening) }
    #expect(refused?.code == .unauthenticated)
    #expect(try await first.openMailbox(opening).generation == 1)
  }

  @Test func `receipts say the same of an empty, a full and an acknowledged mailbox`() async throws {
    let relay = try await RunningRelay.start()
    let (empty, full, read) = (try TestMailbox(), try TestMailbox(), try TestMailbox())
    _ = try await relay.owner(of: empty)
    _ = try await relay.owner(of: full)
    let reader = try await relay.owner(of: read)
    let sender = try await relay.connect()
    for _ in 0..<5 {
      let puts = try (0..<64).map { _ in try full.put() }
      _ = try await sender.putBatch(puts)
      _ = try await sender.putBatch(try (0..<64).map { _ in try read.put() })
    }
    try await reader.acknowledge(try AcknowledgeCommand(mailbox: read.id, upTo: 320))

    let before = UInt64(Date().timeIntervalSince1970) - 1
    for mailbox in [empty, full, read] {
      let put = try mailbox.put()
      let receipt = try await sender.put(put)
      #expect(receipt.envelopeID == put.envelopeID)
      // The same size, and a group of its own: nothing in it is the mailbox's.
      #expect(receipt.proof.count == 142)
      #expect(receipt.proves(put, relayKey: sender.hello.relayKey))
      #expect((before...before + 60).contains(receipt.storedAt))
    }
    // A retry tells the first time, before and after its envelope was acknowledged.
    let put = try read.put()
    let receipt = try await sender.put(put)
    #expect(try await sender.put(put).storedAt == receipt.storedAt)
    try await reader.acknowledge(try AcknowledgeCommand(mailbox: read.id, upTo: 322))
    let again = try await sender.put(put)
    #expect(again.storedAt == receipt.storedAt)
    #expect(again.proves(put, relayKey: sender.hello.relayKey))
    let refused = await refusal { _ = try await sender.put(try read.put(put.envelopeID.bytes, byteCount: 2_048)) }
    #expect(refused?.code == .conflict)
  }

  @Test func `unknown mailbox and unknown tag get one answer`() async throws {
    let relay = try await RunningRelay.start()
    let (known, unknown) = (try TestMailbox(), try TestMailbox())
    _ = try await relay.owner(of: known)
    let sender = try await relay.connect()
    let stranger = PutCommand(
      mailbox: known.id, envelopeID: EnvelopeID(TestMailbox.random()), tag: unknown.tag,
      envelope: try Envelope([UInt8](repeating: 0, count: 1_024)), retention: .day,
      deletionHash: DeletionHash(FixedBytes()))
    let answers = [
      await refusal { _ = try await sender.put(try unknown.put()) },
      await refusal { _ = try await sender.put(stranger) },
      await refusal { _ = try await sender.put(try unknown.put(isEphemeral: true)) },
      await refusal {
        _ = try await sender.fetchBundle(FetchBundleCommand(mailbox: unknown.id, tag: unknown.tag))
      },
      await refusal { _ = try await sender.fetchBundle(FetchBundleCommand(mailbox: known.id, tag: unknown.tag)) },
      // Admitted, but nothing is published.
      await refusal { _ = try await sender.fetchBundle(FetchBundleCommand(mailbox: known.id, tag: known.tag)) },
    ]
    #expect(Set(answers).count == 1)
    #expect(answers[0]?.code == .notAdmitted)
  }

  @Test func `pages are contiguous, bounded by count and bytes, and cover everything`() async throws {
    let relay = try await RunningRelay.start()
    let mailbox = try TestMailbox()
    let owner = try await relay.owner(of: mailbox)
    let sender = try await relay.connect()
    let puts = try (0..<40).map { try mailbox.put(byteCount: $0 % 2 == 0 ? 65_536 : 1_024) }
    for start in stride(from: 0, to: puts.count, by: 10) {
      _ = try await sender.putBatch(Array(puts[start..<start + 10]))
    }
    for limit in [1, 7, 500] {
      let envelopes = try await mailbox.fetchAll(owner, limit: limit)
      #expect(envelopes.map(\.envelopeID) == puts.map(\.envelopeID))
      #expect(envelopes.map(\.envelope) == puts.map(\.envelope))
    }
    let page = try await owner.fetch(try FetchCommand(mailbox: mailbox.id, after: 0))
    #expect(page.more && page.items.count < 40 && page.head == 40)
    try await owner.acknowledge(try AcknowledgeCommand(mailbox: mailbox.id, upTo: 30))
    #expect(try await mailbox.fetchAll(owner).map(\.seq) == (31...40).map { UInt64($0) })
  }

  @Test func `a waiting fetch is woken by a put, and ends empty when none comes`() async throws {
    let relay = try await RunningRelay.start()
    let mailbox = try TestMailbox()
    let owner = try await relay.owner(of: mailbox)
    let nothing = try await owner.fetch(try FetchCommand(mailbox: mailbox.id, after: 0, waitMilliseconds: 50))
    #expect(nothing.items.isEmpty)
    async let page = owner.fetch(try FetchCommand(mailbox: mailbox.id, after: 0, waitMilliseconds: 30_000))
    let put = try mailbox.put()
    _ = try await relay.connect().put(put)
    let items = try await page.items
    #expect(items.map(\.seq) == [1])
  }

  @Test func `a subscriber gets what is there and what comes, in order`() async throws {
    let relay = try await RunningRelay.start()
    let mailbox = try TestMailbox()
    let owner = try await relay.owner(of: mailbox)
    let sender = try await relay.connect()
    let puts = try (0..<200).map { _ in try mailbox.put() }
    for put in puts.prefix(50) { _ = try await sender.put(put) }
    try await owner.subscribe(try SubscribeCommand(mailbox: mailbox.id, after: 10))
    async let rest: Void = { for put in puts.dropFirst(50) { _ = try await sender.put(put) } }()
    var received: [StoredEnvelope] = []
    for await push in owner.pushes {
      guard case .page(let page) = push else { continue }
      for case .envelope(let envelope) in page.items { received.append(envelope) }
      if received.count >= 190 { break }
    }
    try await rest
    #expect(received.map(\.seq) == (11...200).map { UInt64($0) })
    #expect(received.map(\.envelopeID) == puts.dropFirst(10).map(\.envelopeID))
  }

  @Test func `an ephemeral envelope reaches a subscriber and never a file`() async throws {
    let relay = try await RunningRelay.start()
    let mailbox = try TestMailbox()
    let owner = try await relay.owner(of: mailbox)
    let sender = try await relay.connect()
    let (lost, seen, kept) = (
      try mailbox.put(isEphemeral: true), try mailbox.put(isEphemeral: true), try mailbox.put()
    )
    // Nobody is subscribed: accepted all the same, and gone.
    #expect(try await sender.put(lost) == StoredReceipt(envelopeID: lost.envelopeID, storedAt: 0))
    // A round trip on the owner's connection: what was on its way there has been dropped.
    _ = try await owner.fetch(try FetchCommand(mailbox: mailbox.id, after: 0))
    try await owner.subscribe(try SubscribeCommand(mailbox: mailbox.id, after: 0))
    #expect(try await sender.put(seen) == StoredReceipt(envelopeID: seen.envelopeID, storedAt: 0))
    #expect(try await sender.put(kept).storedAt > 0)
    var pushes = owner.pushes.makeAsyncIterator()
    #expect(
      await pushes.next()
        == .ephemeral(EphemeralDelivery(mailbox: mailbox.id, envelopeID: seen.envelopeID, envelope: seen.envelope)))
    guard case .page(let page) = await pushes.next() else { return #expect(Bool(false), "no page came") }
    #expect(page.items.map(\.seq) == [1])

    try await relay.terminate()
    let files = try FileManager.default.subpathsOfDirectory(atPath: relay.dataFolder).map {
      relay.dataFolder + "/" + $0
    }.filter { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
    }.map {
      try Data(contentsOf: URL(fileURLWithPath: $0))
    }
    func onDisk(_ id: EnvelopeID) -> Bool { files.contains { $0.firstRange(of: Data(id.bytes.array)) != nil } }
    #expect(onDisk(kept.envelopeID))
    #expect(!onDisk(seen.envelopeID))
    #expect(!onDisk(lost.envelopeID))
  }

  @Test func `one connection is an owner's or a sender's`() async throws {
    let relay = try await RunningRelay.start()
    let mailbox = try TestMailbox()
    let owner = try await relay.owner(of: mailbox)
    let sender = try await relay.connect()
    _ = try await sender.put(try mailbox.put())
    #expect(await refusal { _ = try await owner.put(try mailbox.put()) }?.code == .wrongParty)
    #expect(await refusal { try await mailbox.open(sender) }?.code == .wrongParty)
    let stranger = try await relay.connect()
    #expect(
      await refusal { _ = try await stranger.fetch(try FetchCommand(mailbox: mailbox.id, after: 0)) }?.code
        == .notOpened)
  }
}
