import ByteLayout
import FoundationEssentials
import RelayWire
import SwiftProtobuf
import Testing

@Suite struct `Commands are decoded strictly` {
  @Test func `every valid command comes back as it was encoded`() throws {
    let hash = AdmissionHash(Sample.fixed(9))
    let entry = try AdmissionEntry(
      hash: hash, fromDay: 1, untilDay: 2, uses: 16, admissionClass: .request, rights: [.put, .bundle])
    let put = PutCommand(
      mailbox: Sample.mailbox, envelopeID: EnvelopeID(Sample.fixed(1)), tag: AdmissionTag(Sample.fixed(2)),
      envelope: try Envelope(Sample.data(65_536)), retention: .month, deletionHash: DeletionHash(Sample.fixed(3)),
      collectedHash: CollectedHash(Sample.fixed(4)), isEphemeral: true)
    let commands: [ClientCommand] = [
      .owner(
        .openMailbox(
          try OpenMailboxCommand(
            mailbox: Sample.mailbox, presented: Fence(generation: 3, nonce: FenceNonce(Sample.fixed(5))),
            nextNonce: FenceNonce(Sample.fixed(6)), signature: Sample.fixed(7),
            checkpoint: SignedCheckpoint(checkpoint: Sample.checkpoint(seq: 4), signature: Sample.fixed(8))))),
      .owner(.setAdmission(try AdmissionChange(mailbox: Sample.mailbox, add: [entry], remove: [hash]))),
      .owner(.fetch(try FetchCommand(mailbox: Sample.mailbox, after: 7, limit: 500, waitMilliseconds: 30_000))),
      .owner(.subscribe(try SubscribeCommand(mailbox: Sample.mailbox, after: 9))),
      .owner(.acknowledge(try AcknowledgeCommand(mailbox: Sample.mailbox, upTo: 5, seqs: [7, 9]))),
      .owner(
        .publish(
          try PublishCommand(
            mailbox: Sample.mailbox, lists: SealedItem(.lists, Sample.data(40 + 4_096)),
            bundle: SealedItem(.bundle, Sample.data(40 + 2_048)), oneTime: [SealedItem(.oneTime, Sample.data(168))],
            replacesOneTime: true))),
      .owner(.closeMailbox(Sample.mailbox)),
      .sender(.put(put)), .sender(.putBatch([put, put])),
      .sender(.fetchBundle(FetchBundleCommand(mailbox: Sample.mailbox, tag: AdmissionTag(Sample.fixed(2))))),
      .sender(
        .createBlob(
          try CreateBlobCommand(
            mailbox: Sample.mailbox, tag: AdmissionTag(Sample.fixed(2)), fileByteCount: 16_458, retention: .week,
            blobID: BlobID(Sample.fixed(4))))),
      .sender(
        .retract(
          RetractCommand(
            mailbox: Sample.mailbox, envelopeID: EnvelopeID(Sample.fixed(1)), token: DeletionToken(Sample.fixed(8))))),
      .sender(
        .receiptStatus(
          try ReceiptStatusCommand(tokens: [CollectedToken(Sample.fixed(8)), CollectedToken(Sample.fixed(9))]))),
      .anyone(.getInfo),
    ]
    for (index, command) in commands.enumerated() {
      let bytes = try FrameCodec.encode(ClientRequest(id: UInt64(index + 1), command: command))
      let request = try FrameCodec.decodeRequest(bytes)
      #expect(request.id == UInt64(index + 1))
      #expect(try request.command.get() == command)
    }
  }

  @Test func `a retraction with a byte field one too short or too long is refused`() throws {
    func check(_ field: String, _ byteCount: Int, _ set: (inout Sotto_Relay_V1_Retract, Data) -> Void) throws {
      for wrong in [byteCount - 1, byteCount + 1] {
        var retract = Sotto_Relay_V1_Retract()
        retract.mailbox = Sample.data(32)
        retract.envelopeID = Sample.data(16)
        retract.token = Sample.data(16)
        #expect(try Sample.decode(.retract(retract)).error == nil)
        set(&retract, Sample.data(wrong))
        #expect(try Sample.decode(.retract(retract)).error == .wrongByteCount(field: field, actual: wrong))
      }
    }
    try check("mailbox", 32) { $0.mailbox = $1 }
    try check("envelope_id", 16) { $0.envelopeID = $1 }
    try check("token", 16) { $0.token = $1 }
  }

  @Test func `asking about no envelope, about 65, or by a token of the wrong size is refused`() throws {
    var status = Sotto_Relay_V1_ReceiptStatus()
    #expect(try Sample.decode(.receiptStatus(status)).error == .missing(field: "tokens"))
    status.tokens = Array(repeating: Sample.data(16), count: 64)
    #expect(try Sample.decode(.receiptStatus(status)).error == nil)
    status.tokens.append(Sample.data(16))
    #expect(
      try Sample.decode(.receiptStatus(status)).error == .tooMany(field: "tokens", limit: 64, actual: 65))
    for wrong in [0, 15, 17] {
      status.tokens = [Sample.data(16), Sample.data(wrong)]
      #expect(
        try Sample.decode(.receiptStatus(status)).error == .wrongByteCount(field: "tokens", actual: wrong))
    }
  }

  @Test func `a put with a byte field one too short or too long is refused`() throws {
    func check(_ field: String, _ byteCount: Int, _ set: (inout Sotto_Relay_V1_Put, Data) -> Void) throws {
      for wrong in [byteCount - 1, byteCount + 1] {
        var put = Sample.put
        set(&put, Sample.data(wrong))
        #expect(try Sample.decode(.put(put)).error == .wrongByteCount(field: field, actual: wrong))
      }
    }
    try check("mailbox", 32) { $0.mailbox = $1 }
    try check("envelope_id", 16) { $0.envelopeID = $1 }
    try check("tag", 16) { $0.tag = $1 }
    try check("deletion_hash", 16) { $0.deletionHash = $1 }
    try check("collected_hash", 16) { $0.collectedHash = $1 }
  }

  @Test(arguments: [0, 1, 1_023, 1_025, 1_536, 3_072, 32_767, 65_535, 65_537, 131_072])
  func `an envelope of any other than the seven sizes is refused`(byteCount: Int) throws {
    var put = Sample.put
    put.envelope = Sample.data(byteCount)
    #expect(try Sample.decode(.put(put)).error == .wrongByteCount(field: "envelope", actual: byteCount))
  }

  @Test(arguments: Envelope.sizes) func `an envelope of each of the seven sizes is taken`(byteCount: Int) throws {
    var put = Sample.put
    put.envelope = Sample.data(byteCount)
    #expect(try Sample.decode(.put(put)).error == nil)
  }

  @Test(arguments: [0, 2, 8, 29, 31, .max] as [UInt32])
  func `a retention other than 1, 7 or 30 days is refused`(days: UInt32) throws {
    var put = Sample.put
    put.ttlDays = days
    #expect(try Sample.decode(.put(put)).error == .outOfRange(field: "ttl_days"))
  }

  @Test func `a batch of none, of 65 or with one malformed put is refused`() throws {
    var batch = Sotto_Relay_V1_PutBatch()
    #expect(try Sample.decode(.putBatch(batch)).error == .missing(field: "puts"))
    batch.puts = Array(repeating: Sample.put, count: 64)
    #expect(try Sample.decode(.putBatch(batch)).error == nil)
    batch.puts.append(Sample.put)
    #expect(try Sample.decode(.putBatch(batch)).error == .tooMany(field: "puts", limit: 64, actual: 65))
    batch.puts = [Sample.put, Sotto_Relay_V1_Put()]
    #expect(try Sample.decode(.putBatch(batch)).error != nil)
  }

  @Test func `an opening with a wrong size, a proposal equal to what is presented or a huge generation is refused`()
    throws
  {
    #expect(try Sample.decode(.openMailbox(Sample.openMailbox)).error == nil)
    var wrong = Sample.openMailbox
    wrong.signature = Sample.data(63)
    #expect(try Sample.decode(.openMailbox(wrong)).error == .wrongByteCount(field: "signature", actual: 63))
    wrong = Sample.openMailbox
    wrong.nonce = Sample.data(16)
    #expect(try Sample.decode(.openMailbox(wrong)).error == .outOfRange(field: "next_nonce"))
    wrong = Sample.openMailbox
    wrong.generation = UInt64(Int64.max)
    #expect(try Sample.decode(.openMailbox(wrong)).error == .outOfRange(field: "generation"))
    wrong = Sample.openMailbox
    wrong.checkpoint = Sample.data(117)
    #expect(try Sample.decode(.openMailbox(wrong)).error == .wrongByteCount(field: "checkpoint", actual: 117))
    wrong.checkpoint = Sample.data(181)  // does not start with 0x01
    #expect(try Sample.decode(.openMailbox(wrong)).error == .outOfRange(field: "checkpoint"))
  }

  @Test func `an admission entry with days in the wrong order, unknown class, rights or uses is refused`() throws {
    func error(_ change: (inout Sotto_Relay_V1_AdmissionEntry) -> Void) throws -> WireError? {
      var entry = Sample.admissionEntry
      change(&entry)
      var message = Sotto_Relay_V1_SetAdmission()
      message.mailbox = Sample.data(32)
      message.add = [entry]
      return try Sample.decode(.setAdmission(message)).error
    }
    #expect(try error { _ in } == nil)
    #expect(try error { $0.untilDay = 19_999 } == .outOfRange(field: "until_day"))
    #expect(try error { $0.class = 4 } == .outOfRange(field: "class"))
    #expect(try error { $0.class = 256 } == .outOfRange(field: "class"))
    #expect(try error { $0.rights = 0 } == .outOfRange(field: "rights"))
    #expect(try error { $0.rights = 16 } == .outOfRange(field: "rights"))
    #expect(try error { $0.rights = 257 } == .outOfRange(field: "rights"))
    #expect(try error { $0.uses = 65_536 } == .outOfRange(field: "uses"))
    #expect(try error { $0.hash = Sample.data(15) } == .wrongByteCount(field: "hash", actual: 15))
  }

  @Test func `more than 4 096 admission entries, added and removed together, are refused`() throws {
    var message = Sotto_Relay_V1_SetAdmission()
    message.mailbox = Sample.data(32)
    message.add = Array(repeating: Sample.admissionEntry, count: 4_000)
    message.remove = Array(repeating: Sample.data(16), count: 96)
    #expect(try Sample.decode(.setAdmission(message)).error == nil)
    message.remove.append(Sample.data(16))
    #expect(
      try Sample.decode(.setAdmission(message)).error == .tooMany(field: "add, remove", limit: 4_096, actual: 4_097))
  }

  @Test func `a fetch outside its limits is refused`() throws {
    func error(limit: UInt32, wait: UInt32 = 0, after: UInt64 = 0) throws -> WireError? {
      var message = Sotto_Relay_V1_Fetch()
      message.mailbox = Sample.data(32)
      message.limit = limit
      message.waitMilliseconds = wait
      message.after = after
      return try Sample.decode(.fetch(message)).error
    }
    #expect(try error(limit: 1) == nil)
    #expect(try error(limit: 500, wait: 30_000) == nil)
    #expect(try error(limit: 0) == .outOfRange(field: "limit"))
    #expect(try error(limit: 501) == .outOfRange(field: "limit"))
    #expect(try error(limit: 1, wait: 30_001) == .outOfRange(field: "wait_milliseconds"))
    #expect(try error(limit: 1, after: .max) == .outOfRange(field: "after"))
  }

  @Test func `an acknowledgement of nothing or of seq 0 is refused`() throws {
    var message = Sotto_Relay_V1_Acknowledge()
    message.mailbox = Sample.data(32)
    #expect(try Sample.decode(.acknowledge(message)).error == .missing(field: "up_to"))
    message.seqs = [3, 0]
    #expect(try Sample.decode(.acknowledge(message)).error == .outOfRange(field: "seqs"))
    message.seqs = [UInt64](repeating: 1, count: 4_097)
    #expect(try Sample.decode(.acknowledge(message)).error == .tooMany(field: "seqs", limit: 4_096, actual: 4_097))
  }

  @Test func `a published item of a size that its kind does not have is refused`() throws {
    var message = Sotto_Relay_V1_Publish()
    message.mailbox = Sample.data(32)
    message.lists = Sample.data(40 + 1_000)
    #expect(try Sample.decode(.publish(message)).error == .wrongByteCount(field: "sealed item 1", actual: 1_040))
    message.lists = Data()
    message.bundle = Sample.data(40 + 1_024)
    #expect(try Sample.decode(.publish(message)).error == .wrongByteCount(field: "sealed item 2", actual: 1_064))
    message.bundle = Data()
    message.oneTime = [Sotto_Relay_V1_OneTimeItem()]
    #expect(try Sample.decode(.publish(message)).error == .wrongByteCount(field: "sealed item 3", actual: 0))
  }

  @Test func `an owner's other commands with a mailbox of the wrong size are refused`() throws {
    let short: WireError = .wrongByteCount(field: "mailbox", actual: 31)
    var subscribe = Sotto_Relay_V1_Subscribe()
    subscribe.mailbox = Sample.data(31)
    var close = Sotto_Relay_V1_CloseMailbox()
    close.mailbox = Sample.data(31)
    var fetchBundle = Sotto_Relay_V1_FetchBundle()
    fetchBundle.mailbox = Sample.data(31)
    fetchBundle.tag = Sample.data(16)
    #expect(try Sample.decode(.subscribe(subscribe)).error == short)
    #expect(try Sample.decode(.closeMailbox(close)).error == short)
    #expect(try Sample.decode(.fetchBundle(fetchBundle)).error == short)
  }
}
