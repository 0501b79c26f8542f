import ByteLayout
import ProcessSupport
import RelayClient
import RelayWire
import Testing

/// An owner that fetches and acknowledges while its relay is killed, and remembers everything that it was ever shown.
actor MailboxWitness {
  /// What may never change of an envelope.
  struct Sighting: Hashable {
    let envelopeID: EnvelopeID
    let storedAt: UInt64
  }

  let mailbox: TestMailbox
  /// By sequence number.
  private(set) var seen: [UInt64: Sighting] = [:]
  /// Anything but the end of a connection.
  private(set) var surprises: [RelayClientError] = []
  private var fence = Fence.unopened
  /// Sent to the relay and not known to have been taken.
  private var proposed: FenceNonce?
  private var asked: UInt64 = 0
  private var answered: UInt64 = 0
  private var generator: SeededGenerator

  init(_ mailbox: TestMailbox, _ generator: SeededGenerator) {
    self.mailbox = mailbox
    self.generator = generator
  }

  /// Opens, lets its tag in and reads until the relay is gone.
  func follow(_ relay: RunningRelay, _ key: RelayKey?) async {
    await untilTheEnd { () async throws(RelayClientError) in
      let connection = try await relay.connect(expecting: key)
      var after = try await self.open(connection)
      while true { after = try await self.step(connection, after: after, waiting: 20_000) }
    }
  }

  /// Reads to the end of what is there.
  func drain(_ relay: RunningRelay, _ key: RelayKey?) async {
    await untilTheEnd { () async throws(RelayClientError) in
      let connection = try await relay.connect(expecting: key)
      var after = try await self.open(connection)
      while true {
        let end = try await self.step(connection, after: after, waiting: 0)
        if end == after { return }
        after = end
      }
    }
  }

  private func untilTheEnd(_ body: () async throws(RelayClientError) -> Void) async {
    do throws(RelayClientError) { try await body() } catch {
      if !error.isEndOfRelay { surprises.append(error) }
    }
  }

  /// - Returns: up to where the relay has its acknowledgement.
  private func open(_ connection: RelayConnection) async throws(RelayClientError) -> UInt64 {
    let next = proposed ?? FenceNonce(TestMailbox.random())
    proposed = next
    guard let command = try? mailbox.opening(connection.hello, presented: fence, next: next) else { throw .tooLarge }
    let reply = try await connection.openMailbox(command)
    fence = Fence(generation: reply.generation, nonce: next)
    proposed = nil
    #expect((answered...max(asked, answered)).contains(reply.acknowledged), "an acknowledgement is lost, or made up")
    #expect(reply.head >= seen.keys.max() ?? 0, "the log is shorter than it was")
    #expect(reply.epoch == 1)
    guard let admission = try? mailbox.admission() else { throw .tooLarge }
    try await connection.setAdmission(admission)
    return reply.acknowledged
  }

  /// Fetches a page, compares it with what was seen before, and acknowledges some of it, or nothing.
  private func step(
    _ connection: RelayConnection, after: UInt64, waiting: UInt32
  ) async throws(RelayClientError) -> UInt64 {
    let limit = Int.random(in: 1...200, using: &generator)
    guard
      let command = try? FetchCommand(mailbox: mailbox.id, after: after, limit: limit, waitMilliseconds: waiting)
    else { throw .tooLarge }
    let page = try await connection.fetch(command)
    #expect(page.after == after, "a page begins somewhere else")
    for item in page.items {
      guard case .envelope(let envelope) = item else {
        Issue.record("a gap that nobody made")
        continue
      }
      let sighting = Sighting(envelopeID: envelope.envelopeID, storedAt: envelope.storedAt)
      #expect(seen[envelope.seq] ?? sighting == sighting, "a sequence number was used twice")
      #expect(envelope.envelope.data.prefix(16).elementsEqual(envelope.envelopeID.bytes.array))
      seen[envelope.seq] = sighting
    }
    if page.end > answered, Bool.random(using: &generator) {
      let upTo = UInt64.random(in: answered + 1...page.end, using: &generator)
      asked = max(asked, upTo)
      guard let command = try? AcknowledgeCommand(mailbox: mailbox.id, upTo: upTo) else { throw .tooLarge }
      try await connection.acknowledge(command)
      answered = max(answered, upTo)
    }
    return page.end
  }
}
