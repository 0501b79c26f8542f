import Ambient
import ByteLayout
import Foundation
import Primitives
import ProcessSupport
import RelayClient
import RelayWire
import Verification

/// Owners and senders of a relay under test.
struct RelayLoad {
  /// How many mailboxes one owner's connection opens.
  private static let mailboxesPerConnection = 50
  /// Senders share this many connections at most.
  private static let maximumConnections = 8

  private struct Mailbox {
    let id: MailboxID
    let tag: AdmissionTag
  }

  private let address: RelayAddress
  private let owners: [(connection: RelayConnection, mailboxes: [MailboxID])]
  private let mailboxes: [Mailbox]
  private let envelope: Envelope

  /// Opens `count` mailboxes and lets one tag each put without limit.
  init(relay: RunningRelay, mailboxes count: Int) async throws {
    address = try RelayAddress(url: relay.url)
    envelope = try Envelope(SystemPublicRandomness().bytes(1_024))
    var owners: [(RelayConnection, [MailboxID])] = []
    var mailboxes: [Mailbox] = []
    for start in stride(from: 0, to: count, by: Self.mailboxesPerConnection) {
      let connection = try await RelayConnection.connect(to: address, expectedRelayKey: nil, timeLimit: .seconds(60))
      let opened = try await Self.open(min(Self.mailboxesPerConnection, count - start), on: connection)
      owners.append((connection, opened.map(\.id)))
      mailboxes += opened
    }
    self.owners = owners
    self.mailboxes = mailboxes
  }

  private static func open(_ count: Int, on connection: RelayConnection) async throws -> [Mailbox] {
    let randomness = try SystemRandomness()
    var mailboxes: [Mailbox] = []
    for _ in 0..<count {
      let key = try Ed25519SigningKey(from: randomness)
      let mailbox = Mailbox(id: MailboxID(key.verifyingKey.bytes), tag: AdmissionTag(randomness.fixed()))
      let next = FenceNonce(randomness.fixed())
      let body = RelayAuthentication.message(
        relayKey: connection.hello.relayKey, challenge: connection.hello.challenge, mailbox: mailbox.id, generation: 0,
        nonce: .none, nextNonce: next)
      _ = try await connection.openMailbox(
        try OpenMailboxCommand(
          mailbox: mailbox.id, presented: .unopened, nextNonce: next,
          signature: try key.signature(label: RelayAuthentication.label, body: body).bytes))
      let hash = ContentHash.labelled(
        AdmissionHash.label, AdmissionHash.body(mailbox: mailbox.id, tag: mailbox.tag))
      let entry = try AdmissionEntry(
        hash: AdmissionHash(hash.prefix()), fromDay: 0, untilDay: .max, uses: 0, admissionClass: .contact, rights: .put)
      try await connection.setAdmission(try AdmissionChange(mailbox: mailbox.id, add: [entry]))
      mailboxes.append(mailbox)
    }
    return mailboxes
  }

  /// Puts with `inFlight` puts waiting for their receipts at any time.
  func put(_ inFlight: Int, for time: Duration) async throws -> Rate {
    var connections: [RelayConnection] = []
    for _ in 0..<min(inFlight, Self.maximumConnections) {
      connections.append(
        try await RelayConnection.connect(to: address, expectedRelayKey: nil, timeLimit: .seconds(60)))
    }
    let (mailboxes, envelope) = (mailboxes, envelope)
    let watch = Stopwatch()
    let end = ContinuousClock.now + time
    let latencies = try await withThrowingTaskGroup(of: [Duration].self) { group in
      for worker in 0..<inFlight {
        let connection = connections[worker % connections.count]
        group.addTask {
          let randomness = try SystemRandomness()
          var latencies: [Duration] = []
          var next = worker
          while true {
            let mailbox = mailboxes[next % mailboxes.count]
            next += inFlight
            let start = ContinuousClock.now
            guard start < end else { return latencies }
            _ = try await connection.put(
              PutCommand(
                mailbox: mailbox.id, envelopeID: EnvelopeID(randomness.fixed()), tag: mailbox.tag, envelope: envelope,
                retention: .month, deletionHash: DeletionHash(FixedBytes())))
            latencies.append(ContinuousClock.now - start)
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    let rate = watch.rate(latencies)
    for connection in connections { await connection.close() }
    return rate
  }

  /// Fetches everything in every mailbox and acknowledges it page by page.
  func drain() async throws -> Rate {
    let watch = Stopwatch()
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
      for (connection, mailboxes) in owners {
        group.addTask {
          var count = 0
          for mailbox in mailboxes {
            var (after, more) = (0 as UInt64, true)
            while more {
              let page = try await connection.fetch(try FetchCommand(mailbox: mailbox, after: after))
              if page.end > after {
                try await connection.acknowledge(try AcknowledgeCommand(mailbox: mailbox, upTo: page.end))
              }
              count += page.items.count
              (after, more) = (page.end, page.more)
            }
          }
          return count
        }
      }
      return try await group.reduce(0, +)
    }
    return watch.rate(count: count)
  }
}
