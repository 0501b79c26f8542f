import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A relay that is killed at random moments` {
  private static let rounds = 24
  private static let senders = 4
  /// More than a debug build stores before it is killed, so that every kill finds work.
  private static let putsPerRound = 800

  @Test func `while clients put, fetch and acknowledge loses, doubles and skips nothing`() async throws {
    var generator = SeededGenerator()
    print("random kills: SOTTO_SEED=\(generator.seed)")
    let witnesses = try (0..<4).map { _ in
      MailboxWitness(try TestMailbox(), generator)
    }
    let load = PutLoad([[PutCommand]](repeating: [], count: Self.senders))
    var relay = try await RunningRelay.start()
    let connection = try await relay.connect()
    let key = connection.hello.relayKey
    await connection.close()
    for witness in witnesses { await witness.drain(relay, key) }

    var total = 0
    var killedAmidWork = 0
    for round in 1...Self.rounds {
      for sender in 0..<Self.senders {
        let mailbox = witnesses[(round + sender) % witnesses.count].mailbox
        load.add(try (0..<Self.putsPerRound / Self.senders).map { _ in try mailbox.put() }, sender: sender)
      }
      total += Self.putsPerRound
      let life = generator.duration(below: .milliseconds(400))
      let running = relay
      await withTaskGroup { group in
        group.addTask { await load.run(running, key) }
        for witness in witnesses { group.addTask { await witness.follow(running, key) } }
        // The moment of the kill is the thing under test: nothing is waited for.
        try? await ContinuousClock().sleep(for: life)
        running.process.kill()
      }
      _ = try await running.process.exit()
      if load.acknowledged.count < total { killedAmidWork += 1 }
      if round % 3 == 0 { try await killWhileStarting(relay, after: generator.duration(below: .milliseconds(120))) }
      relay = try await relay.restarted()
    }
    await load.run(relay, key)
    for witness in witnesses { await witness.drain(relay, key) }

    let seed: Comment = "SOTTO_SEED=\(generator.seed)"
    #expect(killedAmidWork > 0, seed)
    #expect(load.surprises.isEmpty, seed)
    #expect(load.acknowledged.count == total, seed)
    var found: [EnvelopeID: UInt64] = [:]
    var count = 0
    for witness in witnesses {
      let seen = await witness.seen
      #expect(await witness.surprises.isEmpty, seed)
      #expect(seen.keys.sorted() == seen.keys.indices.enumerated().map { UInt64($0.offset) + 1 }, seed)
      for sighting in seen.values { found[sighting.envelopeID] = sighting.storedAt }
      count += seen.count
    }
    #expect(count == found.count, "an envelope is there twice; \(seed)")
    #expect(found == load.acknowledged, "what was acknowledged is there with the time of its receipt; \(seed)")
    #expect(try await relay.terminate() == .code(0), seed)
    let check = try await RunningProcess.run("sotto-relay", ["check", "--data", relay.dataFolder])
    #expect(check.exit == .code(0), "\(check.standardOutput) \(seed)")
  }

  /// Ends a relay while it opens its store, or recovers what the last kill left.
  private func killWhileStarting(_ relay: RunningRelay, after life: Duration) async throws {
    let process = try RunningProcess(
      "sotto-relay", ["serve", "--listen", "127.0.0.1:0", "--data", relay.dataFolder])
    try await ContinuousClock().sleep(for: life)
    process.kill()
    _ = try await process.exit()
  }
}
