import ByteLayout
import Foundation
import MessageContent
import RelayProofs
import RelayWire
import Verification

/// Real encodings, from which a fuzzer starts.
extension FuzzTarget {
  /// - Throws: what encoding throws, which it does not for these.
  package func seeds() throws -> [[UInt8]] {
    switch self {
    case .request: try Self.requests()
    case .websocket:
      try Self.requests().map { Self.frame($0) } + [Self.frame([], opcode: 8), Self.frame([], opcode: 9)]
    case .upgrade: Self.heads.map { Array($0.utf8) }
    case .upload: Self.uploadHeaders.map { Array($0.utf8) }
    case .body: [DelimitedFrames.encode(try Self.requests()), DelimitedFrames.encode([try Self.requests()[0]])]
    case .work: [ProofOfWork(day: 20_000, nonce: 1), ProofOfWork(day: 3, nonce: .max)].map { [UInt8]($0.data) }
    case .event: try Self.events().map { try FrameCodec.encode(RelayFrame(requestID: 1, event: $0)) }
    case .proof: Self.proofs()
    case .content: try Self.contents()
    // Alice sends twice, they arrive in the other order, Bob answers, a changed one and a reflected one come, and all again.
    case .ratchet, .triple:
      [
        [0, 0, 0, 0, 1, 1, 1, 0, 4, 0, 5, 0, 2, 0, 50, 1, 3, 0, 7, 0, 1, 0, 5, 0],
        [0, 0, 1, 0, 4, 0, 4, 0, 5, 1, 0, 0, 0, 0, 1, 2, 4, 0, 5, 2, 5, 0, 1, 1, 6, 0, 39, 255],
        // An epoch: ten messages each way with units, and one in the new epoch.
        (0..<10).flatMap { [0, 0, 1, UInt8($0)] } + (0..<10).flatMap { [4, 0, 5, UInt8($0)] }
          + [0, 0, 1, 10, 4, 0, 5, 10],
      ]
    case .archive: try RatchetTarget.archives()
    // Theirs need keys; the committed corpus has them.
    case .session, .contact: []
    }
  }

  private static func fixed<let count: Int>(_ byte: UInt8) -> FixedBytes<count> {
    var value = FixedBytes<count>()
    for index in 0..<count { value[index] = byte }
    return value
  }

  private static let uploadHeaders = [
    String(repeating: "0a", count: 32), "Bearer " + String(repeating: "0a", count: 32), "16458",
    "sha256 " + String(repeating: "A", count: 43) + "=", "name d29ybGQ=,private", "bytes=0-1", "bytes=-5", "bytes=7-",
  ]

  private static let mailbox = MailboxID(fixed(0x33))

  private static func requests() throws -> [[UInt8]] {
    let put = PutCommand(
      mailbox: mailbox, envelopeID: EnvelopeID(fixed(1)), tag: AdmissionTag(fixed(2)),
      envelope: try Envelope([UInt8](repeating: 3, count: 1_024)), retention: .week,
      deletionHash: DeletionHash(fixed(4)), collectedHash: CollectedHash(fixed(5)))
    let entry = try AdmissionEntry(
      hash: AdmissionHash(fixed(6)), fromDay: 20_000, untilDay: 20_002, uses: 16, admissionClass: .contact,
      rights: [.put, .bundle])
    let oneTime = try SealedItem(.oneTime, Data(count: 168))
    let checkpoint = SignedCheckpoint(checkpoint: Self.checkpoint, signature: fixed(7))
    let commands: [ClientCommand] = [
      .anyone(.getInfo), .sender(.put(put)), .sender(.putBatch([put])),
      .sender(.fetchBundle(FetchBundleCommand(mailbox: mailbox, tag: AdmissionTag(fixed(2))))),
      .sender(
        .retract(
          RetractCommand(mailbox: mailbox, envelopeID: EnvelopeID(fixed(1)), token: DeletionToken(fixed(8))))),
      .sender(.receiptStatus(try ReceiptStatusCommand(tokens: [CollectedToken(fixed(9))]))),
      .owner(
        .openMailbox(
          try OpenMailboxCommand(
            mailbox: mailbox, presented: .unopened, nextNonce: FenceNonce(fixed(10)), signature: fixed(11),
            checkpoint: checkpoint))),
      .owner(.setAdmission(try AdmissionChange(mailbox: mailbox, add: [entry], remove: [AdmissionHash(fixed(12))]))),
      .owner(.fetch(try FetchCommand(mailbox: mailbox, after: 3, limit: 100, waitMilliseconds: 20_000))),
      .owner(.subscribe(try SubscribeCommand(mailbox: mailbox, after: 9))),
      .owner(.acknowledge(try AcknowledgeCommand(mailbox: mailbox, upTo: 9, seqs: [11, 13]))),
      .owner(.publish(try PublishCommand(mailbox: mailbox, oneTime: [oneTime], replacesOneTime: true))),
      .owner(.closeMailbox(mailbox)),
    ]
    return try commands.map { try FrameCodec.encode(ClientRequest(id: 1, command: $0)) }
  }

  private static let checkpoint = Checkpoint(
    relayKey: RelayKey(fixed(13)), mailbox: mailbox, epoch: 1, seq: 2, head: fixed(14), at: 1_790_000_001)
  private static let gap = LogGap(
    leaf: LogLeaf(
      seq: 2, envelopeID: EnvelopeID(fixed(3)), envelopeHash: EnvelopeHash(fixed(4)), storedAt: 5, expiresAt: 6,
      deletionHash: DeletionHash(fixed(7))), reason: .retracted(DeletionToken(fixed(8))))

  private static func events() throws -> [RelayEvent] {
    let envelope = try Envelope([UInt8](repeating: 3, count: 1_024))
    let stored = StoredEnvelope(
      seq: 1, envelopeID: EnvelopeID(fixed(1)), envelope: envelope, storedAt: 5, expiresAt: 6,
      deletionHash: DeletionHash(fixed(2)))
    let receipt = StoredReceipt(envelopeID: EnvelopeID(fixed(1)), storedAt: 5, proof: Data(proofs()[0]))
    return [
      .done, .fencedOut(mailbox), .published(oneTimeLeft: 7), .receiptStatus([true, false]), .storedReceipt(receipt),
      .refusal(RelayRefusal(.overQuota, "The mailbox is full.", retryAfterSeconds: 60)),
      .putBatchResult([.stored(receipt), .refused(RelayRefusal(.conflict, "other bytes"))]),
      .ephemeral(EphemeralDelivery(mailbox: mailbox, envelopeID: EnvelopeID(fixed(1)), envelope: envelope)),
      .opened(try OpenReply(generation: 2, wasRepeat: false, epoch: 1, head: 9, acknowledged: 4, oneTimeLeft: 3)),
      .page(
        try MailboxPage(
          mailbox: mailbox, after: 0, items: [.envelope(stored), .gap(gap)], checkpoint: .unsigned(checkpoint),
          more: false, head: 2, epoch: 1)),
      .info(RelayInfo(relayKey: RelayKey(fixed(13)), limits: .current, software: "sotto-relay")),
      .hello(
        RelayHello(
          challenge: RelayChallenge(fixed(15)), relayKey: RelayKey(fixed(13)), version: RelayHello.currentVersion,
          limits: .current)),
    ]
  }

  private static func proofs() -> [[UInt8]] {
    let root = StoredRoot(relayKey: RelayKey(fixed(13)), at: 5, count: 4, treeRoot: fixed(16))
    return [
      StoredReceiptProof(root: root, signature: Signature(fixed(17)), index: 3, path: [fixed(18), fixed(19)]).bytes,
      gap.bytes, checkpoint.bytes, SignedCheckpoint(checkpoint: checkpoint, signature: fixed(7)).bytes,
    ]
  }

  /// A masked WebSocket frame; the mask is zero.
  private static func frame(_ payload: [UInt8], opcode: UInt8 = 2) -> [UInt8] {
    let length: [UInt8] =
      payload.count < 126
      ? [0x80 | UInt8(payload.count)] : [0xFE, UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF)]
    return [0x80 | opcode] + length + [0, 0, 0, 0] + payload
  }

  private static let heads = [
    "GET /v1/ws HTTP/1.1\r\nHost: relay.example\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
      + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    "GET /v1/ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
    "POST /v1/rpc HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "GET /healthz HTTP/1.0\r\n\r\n",
  ]

  private static func contents() throws -> [[UInt8]] {
    let text = try CleanText(cleaning: "Grüße\n👋")
    let file = InlineFile(caption: text, name: "photo.png", mimeType: "image/png", data: [1, 2, 3])
    let expiry = Expiry(readSeconds: 30, maximumAgeSeconds: 86_400, timerVersion: 7)
    return try [Content.Kind.body(.text(text)), .body(.file(file))].map { kind in
      try ContentCodec.encode(
        try Content(id: MessageID(fixed(1)), sentAtMilliseconds: 1_790_000_000_000, expiry: expiry, kind: kind))
    }
  }
}
