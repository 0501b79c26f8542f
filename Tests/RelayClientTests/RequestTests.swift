import ByteLayout
import NIOCore
import NIOWebSocket
import RelayClient
import RelayWire
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Asking a relay` {
  private let mailbox = MailboxID(ScriptedRelay.bytes(0x33))
  private static let info = RelayInfo(relayKey: ScriptedRelay.relayKey, limits: .current, software: "scripted")

  private func connect(
    _ relay: ScriptedRelay, timeLimit: Duration = .seconds(20)
  ) async throws -> RelayConnection {
    try await RelayConnection.connect(to: relay.address, expectedRelayKey: nil, timeLimit: timeLimit)
  }

  private func put(_ number: UInt8) throws -> PutCommand {
    PutCommand(
      mailbox: mailbox, envelopeID: EnvelopeID(ScriptedRelay.bytes(number)),
      tag: AdmissionTag(ScriptedRelay.bytes(4)), envelope: try Envelope([UInt8](repeating: number, count: 1_024)),
      retention: .month, deletionHash: DeletionHash(ScriptedRelay.bytes(5)))
  }

  @Test func `answers in any order find their requests`() async throws {
    let held = Mutex<[(UInt64, EnvelopeID)]>([])
    let relay = try await ScriptedRelay.start { request, responder in
      guard case .success(.sender(.put(let put))) = request.command else { return responder.close() }
      let all = held.withLock { held in
        held.append((request.id, put.envelopeID))
        return held
      }
      guard all.count == 20 else { return }
      for (id, envelope) in all.reversed() {
        responder.send(.storedReceipt(StoredReceipt(envelopeID: envelope, storedAt: id)), to: id)
      }
    }
    let connection = try await connect(relay)
    let receipts = try await withThrowingTaskGroup(of: (UInt8, StoredReceipt).self) { group in
      for number in 0..<20 as Range<UInt8> {
        group.addTask { (number, try await connection.put(try put(number))) }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    #expect(receipts.count == 20)
    #expect(Set(receipts.values.map(\.storedAt)).count == 20)
    await connection.close()
  }

  @Test func `a refusal is thrown and the connection lives on`() async throws {
    let refusal = RelayRefusal(.overQuota, "Full.", retryAfterSeconds: 60)
    let relay = try await ScriptedRelay.start { request, responder in
      if case .success(.sender) = request.command { return responder.send(.refusal(refusal), to: request.id) }
      responder.send(.info(Self.info), to: request.id)
    }
    let connection = try await connect(relay)
    await #expect(throws: RelayClientError.refused(refusal)) { try await connection.put(try put(1)) }
    #expect(try await connection.info() == Self.info)
    await connection.close()
  }

  @Test func `a request without answer ends in time, and its late answer disturbs nothing`() async throws {
    let first = Mutex<UInt64?>(nil)
    let relay = try await ScriptedRelay.start { request, responder in
      if case .success(.sender) = request.command { return first.withLock { $0 = request.id } }
      guard let late = first.withLock({ $0 }) else { return responder.close() }
      responder.send(
        .storedReceipt(StoredReceipt(envelopeID: EnvelopeID(ScriptedRelay.bytes(1)), storedAt: 9)), to: late)
      responder.send(.info(Self.info), to: request.id)
    }
    let connection = try await connect(relay, timeLimit: .milliseconds(400))
    await #expect(throws: RelayClientError.timedOut) { try await connection.put(try put(1)) }
    #expect(try await connection.info() == Self.info)
    await connection.close()
  }

  @Test func `a cancelled task stops waiting, and the connection lives on`() async throws {
    let (arrived, arrivals) = AsyncStream<Void>.makeStream()
    let relay = try await ScriptedRelay.start { request, responder in
      if case .success(.sender) = request.command {
        arrivals.yield()
      } else {
        responder.send(.info(Self.info), to: request.id)
      }
    }
    let connection = try await connect(relay)
    let task = Task { try await connection.put(try put(1)) }
    for await _ in arrived { break }
    task.cancel()
    await #expect(throws: RelayClientError.cancelled) { try await task.value }
    #expect(try await connection.info() == Self.info)
    await connection.close()
  }

  @Test func `an answer to a request that was never made ends the connection`() async throws {
    let relay = try await ScriptedRelay.start { request, responder in responder.send(.done, to: request.id + 1) }
    let connection = try await connect(relay)
    await #expect(throws: RelayClientError.protocolViolation(.unknownRequest)) { try await connection.info() }
    await connection.closed()
    await #expect(throws: RelayClientError.protocolViolation(.unknownRequest)) { try await connection.info() }
  }

  @Test func `an answer of another kind is a violation`() async throws {
    let relay = try await ScriptedRelay.start { request, responder in responder.send(.done, to: request.id) }
    let connection = try await connect(relay)
    await #expect(throws: RelayClientError.protocolViolation(.unexpectedAnswer)) { try await connection.info() }
    await connection.close()
  }

  @Test func `a receipt for another envelope is a violation`() async throws {
    let relay = try await ScriptedRelay.start { request, responder in
      responder.send(
        .storedReceipt(StoredReceipt(envelopeID: EnvelopeID(ScriptedRelay.bytes(9)), storedAt: 1)), to: request.id)
    }
    let connection = try await connect(relay)
    await #expect(throws: RelayClientError.protocolViolation(.unexpectedAnswer)) {
      try await connection.put(try put(1))
    }
    await connection.close()
  }

  @Test(arguments: [
    ([0xff, 0xff, 0xff], FrameKind.binary, RelayClientError.Violation.malformedFrame),
    ([0x5a, 0x00], .binary, .unexpectedFrame),  // Done, to nobody
    (Array("hello".utf8), .text, .unexpectedFrame), ([], .fragment, .unexpectedFrame),
  ])
  func `a frame that the protocol does not know ends the connection`(
    bytes: [UInt8], kind: FrameKind, violation: RelayClientError.Violation
  ) async throws {
    let relay = try await ScriptedRelay.start { _, responder in
      switch kind {
      case .binary: responder.send(bytes)
      case .text: responder.send(bytes, opcode: .text)
      case .fragment: responder.send(bytes, fin: false)
      }
    }
    let connection = try await connect(relay, timeLimit: .seconds(20))
    await #expect(throws: RelayClientError.protocolViolation(violation)) { try await connection.info() }
    await connection.close()
  }

  enum FrameKind: Sendable {
    case binary
    case text
    case fragment
  }

  @Test func `when the relay goes, everyone who waits hears of it`() async throws {
    let count = Mutex(0)
    let relay = try await ScriptedRelay.start { _, responder in
      let asked = count.withLock { count in
        count += 1
        return count
      }
      if asked == 10 { responder.close() }
    }
    let connection = try await connect(relay)
    await withTaskGroup { group in
      for number in 0..<10 as Range<UInt8> {
        group.addTask {
          await #expect(throws: RelayClientError.closed) { try await connection.put(try put(number)) }
        }
      }
    }
    var pushes = connection.pushes.makeAsyncIterator()
    #expect(await pushes.next() == nil)
  }

  @Test func `a batch that does not fit into a frame is not sent`() async throws {
    let relay = try await ScriptedRelay.start { _, responder in responder.close() }
    let connection = try await connect(relay)
    let large = PutCommand(
      mailbox: mailbox, envelopeID: EnvelopeID(ScriptedRelay.bytes(1)), tag: AdmissionTag(ScriptedRelay.bytes(4)),
      envelope: try Envelope([UInt8](repeating: 1, count: 65_536)), retention: .month,
      deletionHash: DeletionHash(ScriptedRelay.bytes(5)))
    await #expect(throws: RelayClientError.tooLarge) {
      try await connection.putBatch([PutCommand](repeating: large, count: 17))
    }
    await connection.close()
  }
}
