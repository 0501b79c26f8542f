import ByteLayout
import Foundation
import ProcessSupport
import RelayClient
import RelayProofs
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A relay that does not take everybody` {
  private func token(_ arguments: String...) async throws -> FinishedProcess {
    try await RunningProcess.run("sotto-relay", ["token"] + arguments)
  }

  private func newToken(_ relay: RunningRelay, uses: Int = 1) async throws -> RegistrationToken {
    let made = try await token("create", "--data", relay.dataFolder, "--uses", "\(uses)")
    return try #require(RegistrationToken(text: String(made.standardOutput.dropLast())))
  }

  @Test func `takes as many new mailboxes as its tokens have uses, made while it runs`() async throws {
    let relay = try await RunningRelay.start(arguments: ["--registration", "token"])
    let connection = try await relay.connect()
    #expect(await refusal { try await TestMailbox().open(connection) }?.code == .registrationToken)
    let unknown = RegistrationToken(TestMailbox.random())
    #expect(await refusal { try await TestMailbox().open(connection, token: unknown) }?.code == .registrationToken)

    let token = try await newToken(relay, uses: 2)
    let first = try TestMailbox()
    let fence = try await first.open(connection, token: token)
    try await TestMailbox().open(connection, token: token)
    #expect(await refusal { try await TestMailbox().open(connection, token: token) }?.code == .registrationToken)
    // What is there is not affected, with or without a token.
    try await first.open(try await relay.connect(), presenting: fence)
    let list = try await self.token("list", "--data", relay.dataFolder).standardOutput
    #expect(list.contains("used 2 of 2"))
    #expect(!list.contains(token.text))
  }

  @Test func `counts uses beyond a kill, and forgets a token that is revoked`() async throws {
    let arguments = ["--registration", "token"]
    let relay = try await RunningRelay.start(arguments: arguments)
    let (spent, revoked) = (try await newToken(relay), try await newToken(relay))
    try await TestMailbox().open(try await relay.connect(), token: spent)
    try await relay.kill()
    let again = try await relay.restarted(arguments: arguments)
    let connection = try await again.connect()
    #expect(await refusal { try await TestMailbox().open(connection, token: spent) }?.code == .registrationToken)
    #expect(try await token("revoke", "--data", relay.dataFolder, revoked.text).exit == .code(0))
    #expect(try await token("revoke", "--data", relay.dataFolder, revoked.text).exit == .code(1))
    #expect(await refusal { try await TestMailbox().open(connection, token: revoked) }?.code == .registrationToken)
    let good = try await newToken(relay)
    try await TestMailbox().open(connection, token: good)
    // Nothing on the disk is a token.
    for (name, bytes) in try TemporaryFolder.contents(of: relay.dataFolder) {
      #expect(bytes.range(of: Data(good.text.utf8)) == nil && bytes.range(of: Data(good.bytes.array)) == nil, "\(name)")
    }
  }

  @Test func `says that its tokens cannot be read, and takes them when they can be again`() async throws {
    let arguments = ["--registration", "token"]
    let relay = try await RunningRelay.start(arguments: arguments)
    let token = try await newToken(relay)
    let file = relay.dataFolder + "/relay.tokens"
    let good = try Data(contentsOf: URL(fileURLWithPath: file))
    // A token that was good a moment ago is not taken on trust: it may be the line that was revoked.
    try (good + Data("nonsense\n".utf8)).write(to: URL(fileURLWithPath: file))
    let connection = try await relay.connect()
    let unreadable = await refusal { try await TestMailbox().open(connection, token: token) }
    #expect(unreadable?.code == .unavailable && unreadable?.retryAfterSeconds == 60)
    #expect(
      try await self.token("list", "--data", relay.dataFolder).standardError.contains("relay.tokens cannot be read"))

    try await relay.terminate()
    let started = try await RunningProcess.run(
      "sotto-relay", ["serve", "--listen", "127.0.0.1:0", "--data", relay.dataFolder] + arguments)
    #expect(started.exit == .code(1) && started.standardError.contains("relay.tokens cannot be read"))
    try good.write(to: URL(fileURLWithPath: file))
    let again = try await relay.restarted(arguments: arguments)
    try await TestMailbox().open(try await again.connect(), token: token)
  }

  @Test func `that is closed opens only what it knows`() async throws {
    let relay = try await RunningRelay.start()
    let mailbox = try TestMailbox()
    let fence = try await mailbox.open(try await relay.connect())
    try await relay.terminate()
    let closed = try await relay.restarted(arguments: ["--registration", "closed"])
    let connection = try await closed.connect()
    #expect(await refusal { try await TestMailbox().open(connection) }?.code == .registrationClosed)
    #expect(try await closed.connect().info().registration == .closed)
    try await mailbox.open(connection, presenting: fence)
  }

  @Test func `asks strangers for work, and nobody else`() async throws {
    let relay = try await RunningRelay.start(arguments: ["--request-work-bits", "10"])
    let (strangers, contacts) = (try TestMailbox(), try TestMailbox())
    let owner = try await relay.connect()
    for (mailbox, admissionClass) in [(strangers, AdmissionClass.request), (contacts, .contact)] {
      try await mailbox.open(owner)
      try await mailbox.admit(owner, as: admissionClass)
    }
    let sender = try await relay.connect()
    #expect(try await sender.info().requestWorkBits == 10)
    _ = try await sender.put(try contacts.put())

    let put = try strangers.put()
    let refused = await refusal { _ = try await sender.put(put) }
    #expect(refused?.code == .workNeeded)
    #expect(refused?.workBits == 10)
    let ephemeral = try strangers.put(isEphemeral: true)
    #expect(await refusal { _ = try await sender.put(ephemeral) }?.code == .workNeeded)

    let search = RequestWork(relayKey: sender.hello.relayKey, mailbox: put.mailbox, envelopeID: put.envelopeID)
    let today = UInt32(Date().timeIntervalSince1970 / 86_400)
    let work = try #require(await search.search(bits: 10, day: today))
    let stale = try #require(await search.search(bits: 10, day: today - 3))
    #expect(await refusal { _ = try await sender.put(put.showing(stale)) }?.code == .workNeeded)
    let receipt = try await sender.put(put.showing(work))
    // A retry of what is stored needs none (R3).
    #expect(try await sender.put(put).storedAt == receipt.storedAt)
    // Who is not admitted hears that, with and without work (R9).
    let nobody = try TestMailbox().put()
    #expect(
      await refusal { _ = try await sender.put(nobody) }
        == (await refusal { _ = try await sender.put(nobody.showing(work)) }))
  }
}
