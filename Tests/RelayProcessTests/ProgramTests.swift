import ByteLayout
import Foundation
import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct `The program sotto-relay` {
  @Test func `says one line, serves, and ends in order on SIGTERM`() async throws {
    let relay = try await RunningRelay.start()
    let connection = try await relay.connect()
    let info = try await connection.info()
    #expect(info.relayKey == connection.hello.relayKey)
    #expect(try await relay.terminate() == .code(0))
    await connection.closed()
    #expect(relay.process.standardOutput == "sotto-relay listening on \(relay.url)\n")
    #expect(relay.process.standardError.isEmpty)
  }

  @Test func `what was put when SIGTERM came is stored if it was answered, and the key stays`() async throws {
    let relay = try await RunningRelay.start()
    let mailbox = try TestMailbox()
    let owner = try await relay.connect()
    let fence = try await mailbox.open(owner)
    try await mailbox.admit(owner)
    let puts = try (0..<2_000).map { _ in try mailbox.put() }
    let load = PutLoad([puts])
    async let end: Void = load.run(relay, owner.hello.relayKey)
    await load.reached(200)
    #expect(try await relay.terminate() == .code(0))
    await end
    let restarted = try await relay.restarted()
    let again = try await restarted.connect(expecting: owner.hello.relayKey)
    try await mailbox.open(again, presenting: fence)
    let found = Set(try await mailbox.fetchAll(again).map(\.envelopeID))
    #expect(load.acknowledged.count >= 200)
    #expect(found.isSuperset(of: load.acknowledged.keys))
  }

  @Test func `a second one on the same folder is refused and told who has it`() async throws {
    let relay = try await RunningRelay.start()
    let second = try await RunningProcess.run(
      "sotto-relay", ["serve", "--listen", "127.0.0.1:0", "--data", relay.dataFolder])
    #expect(second.exit == .code(1))
    #expect(second.standardOutput.isEmpty)
    #expect(second.standardError.contains("process \(relay.process.processID)"))
    _ = try await relay.connect().info()
  }

  @Test func `a taken port is an error that says what to do`() async throws {
    let relay = try await RunningRelay.start()
    let folder = try TemporaryFolder()
    let second = try await RunningProcess.run(
      "sotto-relay", ["serve", "--listen", "127.0.0.1:\(relay.port)", "--data", folder.path])
    #expect(second.exit == .code(1))
    #expect(second.standardError.contains("--listen"))
  }

  @Test(arguments: [
    ["frob"], ["serve"], ["serve", "--data", "x", "--listen", "0.0.0.0:8440"],
    ["serve", "--data", "x", "--listen", "relay.example:443"], ["serve", "--data", "x", "--listen", "8440"],
    ["serve", "--data", "x", "--log-level", "loud"], ["serve", "--data", ""],
    ["serve", "--data", "x", "--config", "missing.yaml"], ["serve", "--data", "x", "--quota-bytes", "1"],
    ["serve", "--data", "x", "--tls-key", "y"], ["config", "check"], ["config", "show", "--data", "x", "--frob"],
  ])
  func `what it does not understand ends with 2`(arguments: [String]) async throws {
    let process = try await RunningProcess.run("sotto-relay", arguments)
    #expect(process.exit == .code(2))
    #expect(process.standardOutput.isEmpty)
    #expect(!process.standardError.isEmpty)
  }

  @Test func `a configuration is checked and shown with its origins without being used`() async throws {
    let folder = try TemporaryFolder()
    let file = folder.path(of: "relay.yaml")
    try "data: \(folder.path(of: "data"))\nlimits:\n  connections: 7\n".write(
      toFile: file, atomically: true, encoding: .utf8)
    let checked = try await RunningProcess.run("sotto-relay", ["config", "check", "--config", file])
    #expect(checked.exit == .code(0))
    let shown = try await RunningProcess.run("sotto-relay", ["config", "show", "--origin", "--config", file])
    #expect(shown.standardOutput.contains("  connections: 7  # \(file)\n"))
    #expect(!FileManager.default.fileExists(atPath: folder.path(of: "data")))
    try "data: x\nlimit:\n  connections: 7\n".write(toFile: file, atomically: true, encoding: .utf8)
    let refused = try await RunningProcess.run("sotto-relay", ["config", "check", "--config", file])
    #expect(refused.exit == .code(2))
    #expect(
      refused.standardError.contains(
        "\(file):3: there is no setting limit.connections. Did you mean limits.connections?"))
  }

  @Test(arguments: [["--help"], ["serve", "--help"], ["--version"]])
  func `help and version are answers, not errors`(arguments: [String]) async throws {
    let process = try await RunningProcess.run("sotto-relay", arguments)
    #expect(process.exit == .code(0))
    #expect(process.standardOutput.contains("sotto-relay"))
  }

  @Test func `its log at the loudest names no mailbox, tag, envelope or peer`() async throws {
    let relay = try await RunningRelay.start(arguments: ["--log-level", "debug"])
    let mailbox = try TestMailbox()
    let owner = try await relay.owner(of: mailbox)
    try await owner.subscribe(try SubscribeCommand(mailbox: mailbox.id, after: 0))
    let put = try mailbox.put()
    let sender = try await relay.connect()
    _ = try await sender.put(put)
    _ = await refusal { _ = try await sender.put(try TestMailbox().put()) }
    try await relay.terminate()
    let log = relay.process.standardError.lowercased()
    #expect(log.contains("ended"))
    for secret in [mailbox.id.bytes.description, mailbox.tag.bytes.description, put.envelopeID.bytes.description] {
      #expect(!log.contains(secret))
      #expect(!log.contains(secret.prefix(16)))
    }
    for secret in [mailbox.id.bytes.array, put.envelopeID.bytes.array] {
      #expect(!log.contains(Data(secret).base64EncodedString().lowercased().prefix(16)))
    }
    #expect(!log.contains("127.0.0.1"))
  }
}
