import ByteLayout
import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A relay that is killed` {
  @Test func `twice under load of 20 000 puts from 8 connections loses, doubles and skips nothing`() async throws {
    let (connections, total) = (8, 20_000)
    let mailboxes = try (0..<10).map { _ in try TestMailbox() }
    let puts = try (0..<connections).map { sender in
      try (0..<total / connections).map { try mailboxes[($0 + sender) % mailboxes.count].put() }
    }
    let load = PutLoad(puts)
    var relay = try await RunningRelay.start()
    var owners = Owners(mailboxes)
    let key = try await owners.open(relay, admitting: true)

    for count in [total * 2 / 5, total * 4 / 5] {
      let running = relay
      async let end: Void = load.run(running, key)
      await load.reached(count)
      try await running.kill()
      await end
      relay = try await running.restarted()
      try await owners.check(relay, load.acknowledged, atMost: total)
    }
    await load.run(relay, key)

    #expect(load.acknowledged.count == total)
    #expect(load.surprises.isEmpty)
    try await owners.check(relay, load.acknowledged, atMost: total)
    try await repeated(puts[0].prefix(100), at: relay, are: load.acknowledged)
    #expect(try await relay.terminate() == .code(0))
  }

  /// A retry gets the first time again, over a crash as well (R3).
  private func repeated(
    _ puts: some Sequence<PutCommand>, at relay: RunningRelay, are acknowledged: [EnvelopeID: UInt64]
  ) async throws {
    let connection = try await relay.connect()
    for put in puts {
      #expect(try await connection.put(put).storedAt == acknowledged[put.envelopeID])
    }
    await connection.close()
  }
}

/// The owners of some mailboxes, who keep their fences over the relay's crashes.
private struct Owners {
  private let mailboxes: [TestMailbox]
  private var fences: [MailboxID: Fence] = [:]

  init(_ mailboxes: [TestMailbox]) { self.mailboxes = mailboxes }

  /// Opens every mailbox once; returns the relay's key.
  mutating func open(_ relay: RunningRelay, admitting: Bool) async throws -> RelayKey {
    let connection = try await relay.connect()
    for mailbox in mailboxes {
      fences[mailbox.id] = try await mailbox.open(connection, presenting: fences[mailbox.id] ?? .unopened)
      if admitting { try await mailbox.admit(connection) }
    }
    await connection.close()
    return connection.hello.relayKey
  }

  /// Everything acknowledged is there once, with the time that its receipt told; every mailbox is contiguous from 1.
  mutating func check(
    _ relay: RunningRelay, _ acknowledged: [EnvelopeID: UInt64], atMost limit: Int
  ) async throws {
    let connection = try await relay.connect()
    var found: [EnvelopeID: UInt64] = [:]
    var count = 0
    for mailbox in mailboxes {
      fences[mailbox.id] = try await mailbox.open(connection, presenting: fences[mailbox.id] ?? .unopened)
      let envelopes = try await mailbox.fetchAll(connection)
      #expect(envelopes.map(\.seq) == envelopes.indices.map { UInt64($0) + 1 })
      for envelope in envelopes {
        found[envelope.envelopeID] = envelope.storedAt
        #expect(envelope.envelope.data.prefix(16).elementsEqual(envelope.envelopeID.bytes.array))
      }
      count += envelopes.count
    }
    #expect(found.count == count, "an envelope is there twice")
    #expect(count <= limit)
    let lost = acknowledged.count { found[$0.key] != $0.value }
    #expect(lost == 0, "acknowledged envelopes that are lost or have another time")
    await connection.close()
  }
}
