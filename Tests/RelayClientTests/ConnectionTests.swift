import ByteLayout
import NIOCore
import NIOWebSocket
import RelayClient
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Connecting to a relay` {
  @Test func `Hello is read before anything else`() async throws {
    let relay = try await ScriptedRelay.start()
    let connection = try await RelayConnection.connect(
      to: relay.address, expectedRelayKey: ScriptedRelay.relayKey, timeLimit: .seconds(20))
    #expect(connection.hello == ScriptedRelay.hello)
    await connection.close()
  }

  @Test func `another relay key than the pinned one is refused`() async throws {
    let relay = try await ScriptedRelay.start()
    await #expect(throws: RelayClientError.wrongRelayKey) {
      try await RelayConnection.connect(
        to: relay.address, expectedRelayKey: RelayKey(ScriptedRelay.bytes(0x23)), timeLimit: .seconds(20))
    }
  }

  @Test func `another version is refused`() async throws {
    let hello = RelayHello(challenge: ScriptedRelay.hello.challenge, relayKey: ScriptedRelay.relayKey, version: 2)
    let relay = try await ScriptedRelay.start(greeting: RelayFrame(requestID: 0, event: .hello(hello)))
    await #expect(throws: RelayClientError.unsupportedVersion(2)) {
      try await RelayConnection.connect(to: relay.address, expectedRelayKey: nil, timeLimit: .seconds(20))
    }
  }

  @Test func `a first frame that is not Hello is refused`() async throws {
    let relay = try await ScriptedRelay.start(
      greeting: RelayFrame(requestID: 0, event: .fencedOut(MailboxID(ScriptedRelay.bytes(1)))))
    await #expect(throws: RelayClientError.protocolViolation(.noHello)) {
      try await RelayConnection.connect(to: relay.address, expectedRelayKey: nil, timeLimit: .seconds(20))
    }
  }

  @Test func `a server that refuses the upgrade is no relay`() async throws {
    let relay = try await ScriptedRelay.start(upgrades: false)
    await #expect(throws: RelayClientError.notARelay) {
      try await RelayConnection.connect(to: relay.address, expectedRelayKey: nil, timeLimit: .seconds(20))
    }
  }

  @Test func `a port on which nothing listens is unreachable`() async throws {
    let relay = try await ScriptedRelay.mute()
    let address = relay.address
    try await relay.stop()
    await #expect(throws: RelayClientError.unreachable) {
      try await RelayConnection.connect(to: address, expectedRelayKey: nil, timeLimit: .seconds(20))
    }
  }

  @Test func `a server that says nothing is given up in time`() async throws {
    let relay = try await ScriptedRelay.mute()
    await #expect(throws: RelayClientError.timedOut) {
      try await RelayConnection.connect(to: relay.address, expectedRelayKey: nil, timeLimit: .milliseconds(200))
    }
  }

  @Test func `a relay that upgrades and says nothing is given up in time`() async throws {
    let relay = try await ScriptedRelay.start(greeting: nil)
    await #expect(throws: RelayClientError.timedOut) {
      try await RelayConnection.connect(to: relay.address, expectedRelayKey: nil, timeLimit: .milliseconds(300))
    }
  }

  @Test func `closing says so and waits for the end`() async throws {
    let relay = try await ScriptedRelay.start()
    let connection = try await RelayConnection.connect(
      to: relay.address, expectedRelayKey: nil, timeLimit: .seconds(20))
    await connection.close()
    await FrameLog.wait("close", [0x03, 0xe8])  // 1000
    await #expect(throws: RelayClientError.closed) { try await connection.info() }
    var pushes = connection.pushes.makeAsyncIterator()
    #expect(await pushes.next() == nil)
  }

  @Test func `a ping is answered with its bytes`() async throws {
    let bytes = Array("are you there?".utf8)
    let relay = try await ScriptedRelay.start(connected: { $0.send(bytes, opcode: .ping) })
    let connection = try await RelayConnection.connect(
      to: relay.address, expectedRelayKey: nil, timeLimit: .seconds(20))
    await FrameLog.wait("pong", bytes)
    await connection.close()
  }
}
