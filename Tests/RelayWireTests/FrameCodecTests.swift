import ByteLayout
import FoundationEssentials
import RelayWire
import SwiftProtobuf
import Testing

@Suite struct `Frames` {
  @Test func `a frame over 1 MiB is refused before it is parsed`() {
    #expect(throws: WireError.frameTooLarge(byteCount: 1_048_577)) {
      try FrameCodec.decodeRequest([UInt8](repeating: 0, count: 1_048_577))
    }
    #expect(throws: WireError.frameTooLarge(byteCount: 1_048_577)) {
      try FrameCodec.decodeFrame([UInt8](repeating: 0, count: 1_048_577))
    }
  }

  @Test func `bytes that are no message are refused`() {
    #expect(throws: WireError.notAFrame) { try FrameCodec.decodeRequest([0xFF, 0xFF, 0xFF]) }
    #expect(throws: WireError.notAFrame) { try FrameCodec.decodeFrame([0x0A]) }
  }

  @Test func `every truncation of a put is refused or is another valid nothing, and never crashes`() throws {
    let bytes = try Sample.frame(.put(Sample.put))
    for count in 0..<bytes.count {
      let request = try? FrameCodec.decodeRequest(Array(bytes.prefix(count)))
      #expect(request == nil || request?.command.error != nil)
    }
  }

  @Test func `a request without an id cannot be answered and is refused`() throws {
    #expect(throws: WireError.noRequestID) {
      try FrameCodec.decodeRequest(try Sample.frame(.getInfo(Sotto_Relay_V1_GetInfo()), id: 0))
    }
    #expect(throws: WireError.noRequestID) {
      try FrameCodec.encode(ClientRequest(id: 0, command: .anyone(.getInfo)))
    }
  }

  @Test func `a command of a later version is refused under its request id`() throws {
    // request_id = 5, then field 36 (reserved for PutVia), length 0.
    let request = try FrameCodec.decodeRequest([0x08, 5, 0xA2, 0x02, 0])
    #expect(request.id == 5)
    #expect(request.command.error == .nothingKnown)
  }

  @Test func `unknown fields are discarded`() throws {
    // GetInfo (field 50) with an unknown field 1000 = 7 inside, and another one beside it.
    let bytes: [UInt8] = [0x08, 1, 0x92, 0x03, 3, 0xC0, 0x3E, 7, 0xC0, 0x3E, 7]
    #expect(try FrameCodec.decodeRequest(bytes).command.get() == .anyone(.getInfo))
  }

  @Test func `a batch of more than 64 puts cannot be encoded`() throws {
    let put = PutCommand(
      mailbox: Sample.mailbox, envelopeID: EnvelopeID(Sample.fixed(1)), tag: AdmissionTag(Sample.fixed(2)),
      envelope: try Envelope(Sample.data(1_024)), retention: .day, deletionHash: DeletionHash(Sample.fixed(3)))
    #expect(throws: WireError.tooMany(field: "puts", limit: 64, actual: 65)) {
      try FrameCodec.encode(
        ClientRequest(id: 1, command: .sender(.putBatch(Array(repeating: put, count: 65)))))
    }
    #expect(throws: WireError.missing(field: "puts")) {
      try FrameCodec.encode(ClientRequest(id: 1, command: .sender(.putBatch([]))))
    }
  }

  @Test func `a batch whose envelopes exceed a frame cannot be encoded`() throws {
    let put = PutCommand(
      mailbox: Sample.mailbox, envelopeID: EnvelopeID(Sample.fixed(1)), tag: AdmissionTag(Sample.fixed(2)),
      envelope: try Envelope(Sample.data(65_536)), retention: .day, deletionHash: DeletionHash(Sample.fixed(3)))
    #expect(throws: WireError.self) {
      try FrameCodec.encode(ClientRequest(id: 1, command: .sender(.putBatch(Array(repeating: put, count: 16)))))
    }
  }

  @Test func `what the owner signs is relay key, challenge, mailbox, generation and both nonces`() {
    let body = RelayAuthentication.message(
      relayKey: Sample.relayKey, challenge: RelayChallenge(Sample.fixed(0x22)), mailbox: Sample.mailbox,
      generation: 0x0102, nonce: FenceNonce(Sample.fixed(0x44)), nextNonce: FenceNonce(Sample.fixed(0x55)))
    let expected =
      [UInt8](repeating: 0x11, count: 32) + [UInt8](repeating: 0x22, count: 32) + [UInt8](repeating: 0x33, count: 32)
      + [0, 0, 0, 0, 0, 0, 1, 2] + [UInt8](repeating: 0x44, count: 16) + [UInt8](repeating: 0x55, count: 16)
    #expect(body == expected)
    #expect(RelayAuthentication.label == "Sotto_RelayAuth_v1")
  }
}
