import ByteLayout
import FoundationEssentials
import RelayWire
import SwiftProtobuf
import Testing

@Suite struct `What a relay says` {
  private func decode(_ event: Sotto_Relay_V1_ServerFrame.OneOf_Event) throws -> RelayFrame {
    var frame = Sotto_Relay_V1_ServerFrame()
    frame.event = event
    return try FrameCodec.decodeFrame(try frame.serializedBytes())
  }

  private func page(
    after: UInt64, _ items: [MailboxItem], head: UInt64, more: Bool = false, checkpoint: Checkpoint? = nil
  ) throws(WireError) -> MailboxPage {
    try MailboxPage(
      mailbox: Sample.mailbox, after: after, items: items,
      checkpoint: .unsigned(checkpoint ?? Sample.checkpoint(seq: min(items.last?.seq ?? after, head))), more: more,
      head: head, epoch: 1)
  }

  @Test func `every valid event comes back as it was encoded`() throws {
    let receipt = StoredReceipt(envelopeID: EnvelopeID(Sample.fixed(1)), storedAt: 5)
    let refusal = RelayRefusal(.rateLimited, "Slower.", retryAfterSeconds: 3)
    let events: [RelayEvent] = [
      .hello(RelayHello(challenge: RelayChallenge(Sample.fixed(2)), relayKey: Sample.relayKey)),
      .refusal(refusal),
      .opened(
        try OpenReply(generation: 2, wasRepeat: true, epoch: 1, head: 9, acknowledged: 4, oneTimeLeft: 100)),
      .done,
      .page(
        try page(
          after: 3,
          [
            .envelope(try Sample.envelope(seq: 4)), .gap(Sample.gap(seq: 5)),
            .gap(Sample.gap(seq: 6, reason: .retracted(DeletionToken(Sample.fixed(8))))),
          ], head: 9, more: true)),
      .published(oneTimeLeft: 7), .storedReceipt(receipt), .putBatchResult([.stored(receipt), .refused(refusal)]),
      .bundleReply(
        try BundleReply(
          lists: SealedItem(.lists, Sample.data(1_064)), bundle: SealedItem(.bundle, Sample.data(2_088)), oneTime: nil)),
      .receiptStatus([true, false, true]), .receiptStatus(Array(repeating: false, count: 64)),
      .info(RelayInfo(relayKey: Sample.relayKey, limits: .current, software: "sotto-relay 1")),
      .ephemeral(
        EphemeralDelivery(
          mailbox: Sample.mailbox, envelopeID: EnvelopeID(Sample.fixed(1)), envelope: try Envelope(Sample.data(1_024)))),
      .fencedOut(Sample.mailbox),
    ]
    for event in events {
      let frame = RelayFrame(requestID: 3, event: event)
      #expect(try FrameCodec.decodeFrame(try FrameCodec.encode(frame)) == frame)
    }
  }

  @Test func `a page with a hole, a repetition or another order is refused`() throws {
    let four = MailboxItem.envelope(try Sample.envelope(seq: 4))
    let five = MailboxItem.envelope(try Sample.envelope(seq: 5))
    let six = MailboxItem.envelope(try Sample.envelope(seq: 6))
    #expect(try page(after: 3, [four, five, six], head: 6).end == 6)
    for items in [[four, six], [five, six], [four, four, five], [five, four]] {
      #expect(throws: WireError.notContiguous) { try page(after: 3, items, head: 6) }
    }
  }

  @Test func `a page that does not agree with its head or its checkpoint is refused`() throws {
    let four = MailboxItem.envelope(try Sample.envelope(seq: 4))
    #expect(throws: WireError.notContiguous) { try page(after: 3, [four], head: 3) }
    #expect(throws: WireError.notContiguous) { try page(after: 3, [four], head: 5, more: false) }
    #expect(throws: WireError.notContiguous) { try page(after: 3, [four], head: 4, more: true) }
    for checkpoint in [
      Sample.checkpoint(seq: 3), Sample.checkpoint(seq: 4, mailbox: Sample.otherMailbox),
      Sample.checkpoint(seq: 4, epoch: 2),
    ] {
      #expect(throws: WireError.notContiguous) { try page(after: 3, [four], head: 4, checkpoint: checkpoint) }
    }
  }

  @Test func `an empty page may end at the head, or before where it was asked`() throws {
    #expect(try page(after: 4, [], head: 4).end == 4)
    #expect(try page(after: 9, [], head: 4).checkpoint.checkpoint.seq == 4)
    #expect(throws: WireError.notContiguous) { try page(after: 3, [], head: 4, more: false) }
  }

  @Test func `an unsigned checkpoint has 117 bytes, a signed one 181, and others are refused`() throws {
    #expect(Sample.checkpoint(seq: 1).bytes.count == 117)
    let signed = SignedCheckpoint(checkpoint: Sample.checkpoint(seq: 1), signature: Sample.fixed(1))
    #expect(signed.bytes.count == 181)
    #expect(try PageCheckpoint(Data(signed.bytes)) == .signed(signed))
    #expect(throws: WireError.wrongByteCount(field: "checkpoint", actual: 118)) {
      try PageCheckpoint(Data(signed.bytes.prefix(118)))
    }
  }

  @Test func `a gap has 89 or 105 bytes, and an unknown reason or a trailing byte is refused`() throws {
    let expired = Sample.gap(seq: 1).bytes
    let retracted = Sample.gap(seq: 1, reason: .retracted(DeletionToken(Sample.fixed(1)))).bytes
    #expect(expired.count == 89)
    #expect(retracted.count == 105)
    #expect(try LogGap(expired) == Sample.gap(seq: 1))
    #expect(throws: LayoutError.unknownValue(field: "gap reason", value: 2)) {
      try LogGap(Array(expired.dropLast()) + [2])
    }
    #expect(throws: LayoutError.trailingBytes(1)) { try LogGap(expired + [0]) }
    #expect(throws: LayoutError.self) { try LogGap(Array(retracted.dropLast())) }
  }

  @Test func `an opening that acknowledges more than was given out is refused`() throws {
    var opened = Sotto_Relay_V1_Opened()
    opened.epoch = 1
    opened.head = 3
    opened.acknowledged = 4
    #expect(throws: WireError.outOfRange(field: "acknowledged")) { try decode(.opened(opened)) }
    opened.acknowledged = 3
    opened.epoch = 0
    #expect(throws: WireError.outOfRange(field: "epoch")) { try decode(.opened(opened)) }
  }

  @Test func `a hello without limits or with a short key is refused`() throws {
    var hello = Sotto_Relay_V1_Hello()
    hello.challenge = Sample.data(32)
    hello.relayKey = Sample.data(31)
    hello.version = 1
    #expect(throws: WireError.missing(field: "limits")) { try decode(.hello(hello)) }
    hello.limits = Sotto_Relay_V1_Limits()
    #expect(throws: WireError.wrongByteCount(field: "relay_key", actual: 31)) { try decode(.hello(hello)) }
  }

  @Test func `an answer about 65 envelopes is refused`() throws {
    var reply = Sotto_Relay_V1_ReceiptStatusReply()
    reply.collected = Array(repeating: true, count: 65)
    #expect(throws: WireError.tooMany(field: "collected", limit: 64, actual: 65)) {
      try decode(.receiptStatusReply(reply))
    }
  }

  @Test func `a refusal of a later version is kept as unknown`() throws {
    var refusal = Sotto_Relay_V1_Refusal()
    refusal.code = .UNRECOGNIZED(99)
    #expect(try decode(.refusal(refusal)).event == .refusal(RelayRefusal(.unknown, "")))
  }

  @Test func `a frame that says nothing known is refused`() {
    #expect(throws: WireError.nothingKnown) { try FrameCodec.decodeFrame([0x08, 1]) }
  }

  @Test func `the largest page fits into a frame`() throws {
    var items: [MailboxItem] = []
    var byteCount = 0
    while true {
      let item = MailboxItem.envelope(try Sample.envelope(seq: UInt64(items.count + 1)))
      guard byteCount + item.byteCount <= WireLimits.maximumPageByteCount, items.count < 500 else { break }
      byteCount += item.byteCount
      items.append(item)
    }
    #expect(items.count == 500)
    _ = try FrameCodec.encode(
      RelayFrame(requestID: .max, event: .page(try page(after: 0, items, head: UInt64(items.count)))))
    var large: [MailboxItem] = []
    for seq in 1...15 { large.append(.envelope(try Sample.envelope(seq: UInt64(seq), byteCount: 65_536))) }
    #expect(large.reduce(0) { $0 + $1.byteCount } <= WireLimits.maximumPageByteCount)
    _ = try FrameCodec.encode(RelayFrame(requestID: .max, event: .page(try page(after: 0, large, head: 15))))
  }
}
