import ByteLayout
import NIOCore
import NIOWebSocket
import RelayClient
import RelayWire
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2))) struct `What a relay says by itself` {
  private let mailbox = MailboxID(ScriptedRelay.bytes(0x33))

  private func delivery(_ number: Int) throws -> EphemeralDelivery {
    var id = FixedBytes<16>()
    id[0] = UInt8(number / 256)
    id[1] = UInt8(number % 256)
    return EphemeralDelivery(
      mailbox: mailbox, envelopeID: EnvelopeID(id), envelope: try Envelope([UInt8](repeating: 7, count: 65_536)))
  }

  @Test func `pushes come in order, beside the answers, and end with the connection`() async throws {
    let mailbox = mailbox
    let deliveries = try (0..<5).map { try delivery($0) }
    let relay = try await ScriptedRelay.start { request, responder in
      for delivery in deliveries { responder.send(.ephemeral(delivery), to: 0) }
      responder.send(.done, to: request.id)
      responder.send(.fencedOut(mailbox), to: 0)
      responder.send([0x03, 0xe8], opcode: .connectionClose)
    }
    let connection = try await RelayConnection.connect(
      to: relay.address, expectedRelayKey: nil, timeLimit: .seconds(20))
    try await connection.subscribe(SubscribeCommand(mailbox: mailbox, after: 0))
    var pushes: [RelayPush] = []
    for await push in connection.pushes { pushes.append(push) }
    #expect(pushes == deliveries.map { .ephemeral($0) } + [.fencedOut(mailbox)])
  }

  @Test func `reading pauses while pushes are not consumed, and none is lost`() async throws {
    let count = 400  // 26 MB: more than sockets and the client's own limit hold
    let deliveries = try (0..<count).map { try delivery($0) }
    let relay = try await ScriptedRelay.start { request, responder in
      if case .success(.anyone) = request.command {
        let info = RelayInfo(relayKey: ScriptedRelay.relayKey, limits: .current, software: "scripted")
        return responder.send(.info(info), to: request.id)
      }
      responder.send(.done, to: request.id)
      for delivery in deliveries { responder.send(.ephemeral(delivery), to: 0) }
    }
    let connection = try await RelayConnection.connect(
      to: relay.address, expectedRelayKey: nil, timeLimit: .seconds(3))
    try await connection.subscribe(SubscribeCommand(mailbox: mailbox, after: 0))
    // The answer stands behind pushes that nobody reads.
    await #expect(throws: RelayClientError.timedOut) { try await connection.info() }
    var received: [RelayPush] = []
    for await push in connection.pushes {
      received.append(push)
      if received.count == count { break }
    }
    #expect(received == deliveries.map { .ephemeral($0) })
    #expect(try await connection.info().software == "scripted")
    await connection.close()
  }
}
