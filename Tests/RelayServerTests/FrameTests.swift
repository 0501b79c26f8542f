import ByteLayout
import NIOCore
import NIOWebSocket
import RelayCore
import RelayServer
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(5))) struct `What a relay does with frames` {
  private static let info = ClientCommand.anyone(.getInfo)

  private func isInfo(_ event: RelayEvent) -> Bool { if case .info = event { true } else { false } }

  @Test func `Hello comes first, with a challenge of its own`() async throws {
    try await TestRelay.serve { relay in
      let (first, second) = (try await relay.connect(), try await relay.connect())
      #expect(first.hello.challenge != second.hello.challenge)
      #expect(first.hello.relayKey == second.hello.relayKey)
      #expect(first.hello.limits == .current)
      #expect(isInfo(try await first.socket.ask(Self.info)))
    }
  }

  enum Frame: String, CaseIterable {
    case text, fragment, continuation, unmasked, reservedBit, reservedOpcode

    func make(_ data: ByteBuffer) throws -> WebSocketFrame {
      switch self {
      case .text: WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: data)
      case .fragment: WebSocketFrame(fin: false, opcode: .binary, maskKey: .random(), data: data)
      case .continuation: WebSocketFrame(fin: true, opcode: .continuation, maskKey: .random(), data: data)
      case .unmasked: WebSocketFrame(fin: true, opcode: .binary, data: data)
      case .reservedBit: WebSocketFrame(fin: true, rsv1: true, opcode: .binary, maskKey: .random(), data: data)
      case .reservedOpcode:
        WebSocketFrame(
          fin: true, opcode: try #require(WebSocketOpcode(encodedWebSocketOpcode: 3)), maskKey: .random(), data: data)
      }
    }
  }

  @Test(arguments: Frame.allCases)
  func `a frame that the protocol does not use closes the connection with its code`(frame: Frame) async throws {
    try await TestRelay.serve { relay in
      let (socket, _) = try await relay.connect()
      let bytes = try FrameCodec.encode(ClientRequest(id: 1, command: Self.info))
      try await socket.send(try frame.make(ByteBuffer(bytes: bytes)))
      #expect(try await socket.closeCode() == (frame == .text ? 1_003 : 1_002))
      #expect(await socket.isAtEnd())
    }
  }

  @Test func `a frame above 1 MiB closes the connection with 1009`() async throws {
    try await TestRelay.serve { relay in
      let (socket, _) = try await relay.connect()
      try await socket.send([UInt8](repeating: 0, count: WireLimits.maximumFrameByteCount + 1))
      #expect(try await socket.closeCode() == 1_009)
    }
  }

  @Test(arguments: [[], [0xff], [0x08, 0x00], [0x92, 0x03, 0x7f], [UInt8](repeating: 0x0a, count: 4_096)])
  func `bytes that hold no request close the connection with 1007`(bytes: [UInt8]) async throws {
    try await TestRelay.serve { relay in
      let (socket, _) = try await relay.connect()
      try await socket.send(bytes)
      #expect(try await socket.closeCode() == 1_007)
      let (other, _) = try await relay.connect()
      #expect(isInfo(try await other.ask(Self.info)))
    }
  }

  @Test func `unknown fields are passed over, an unknown command is refused`() async throws {
    try await TestRelay.serve { relay in
      let (socket, _) = try await relay.connect()
      let unknown: [UInt8] = [0xaa, 0x3f, 0x03, 1, 2, 3]  // field 1013, three bytes
      try await socket.send(try FrameCodec.encode(ClientRequest(id: 7, command: Self.info)) + unknown)
      let answer = try FrameCodec.decodeFrame(try await socket.next(.binary))
      #expect(answer.requestID == 7 && isInfo(answer.event))
      try await socket.send([0x08, 0x09] + unknown)
      let refusal = try FrameCodec.decodeFrame(try await socket.next(.binary))
      #expect(refusal.requestID == 9)
      guard case .refusal(let reason) = refusal.event else { return #expect(Bool(false), "not refused") }
      #expect(reason.code == .malformed)
    }
  }

  @Test(arguments: [
    [0x62, 0x02, 0x0a, 0x00],  // Fetch, mailbox of 0 bytes
    [0x62, 0x00],  // Fetch without fields
    [0xf2, 0x01, 0x00],  // Put without fields
    [0xfa, 0x01, 0x00],  // PutBatch of nothing
    [0x52, 0x00],  // OpenMailbox without fields
    [0x9a, 0x01, 0x00],  // a field number of nobody
  ])
  func `a command with wrong fields is refused by its id, and the connection lives on`(command: [UInt8]) async throws {
    try await TestRelay.serve { relay in
      let (socket, _) = try await relay.connect()
      try await socket.send([0x08, 0x05] + command)
      let refusal = try FrameCodec.decodeFrame(try await socket.next(.binary))
      #expect(refusal.requestID == 5)
      guard case .refusal(let reason) = refusal.event else { return #expect(Bool(false), "not refused") }
      #expect(reason.code == .malformed)
      #expect(isInfo(try await socket.ask(Self.info)))
    }
  }

  @Test func `a ping is answered, a close is echoed`() async throws {
    try await TestRelay.serve { relay in
      let (socket, _) = try await relay.connect()
      try await socket.send([1, 2, 3], opcode: .ping)
      #expect(try await socket.next(.pong) == [1, 2, 3])
      try await socket.send([0x03, 0xe8], opcode: .connectionClose)
      #expect(try await socket.closeCode() == 1_000)
      #expect(await socket.isAtEnd())
    }
  }

  @Test func `a relay that ends closes with 1001`() async throws {
    let (socket, _) = try await TestRelay.serve { relay in try await relay.connect() }
    #expect(try await socket.closeCode() == 1_001)
    #expect(await socket.isAtEnd())
  }

  @Test func `unknown mailbox and unknown tag are answered with the same bytes`() async throws {
    try await TestRelay.serve { relay in
      let (known, unknown) = (try TestOwner(), try TestOwner())
      let (owner, hello) = try await relay.connect()
      _ = try await owner.ask(.owner(.openMailbox(try known.opening(hello))))
      let (sender, _) = try await relay.connect()
      let tag = AdmissionTag(FixedBytes())
      var answers: Set<[UInt8]> = []
      for mailbox in [known, unknown] {
        try await sender.send(.sender(.put(try mailbox.put(1, tag: tag))), id: 3)
        answers.insert(try await sender.next(.binary))
        try await sender.send(.sender(.fetchBundle(FetchBundleCommand(mailbox: mailbox.id, tag: tag))), id: 3)
        answers.insert(try await sender.next(.binary))
      }
      #expect(answers.count == 1)
    }
  }
}
