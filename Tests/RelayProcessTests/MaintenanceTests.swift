import ByteLayout
import Foundation
import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct `An operator's commands` {
  private func run(_ arguments: String...) async throws -> FinishedProcess {
    try await RunningProcess.run("sotto-relay", arguments)
  }

  @Test func `check, count and copy while the relay serves, and the copy serves too`() async throws {
    let folder = try TemporaryFolder()
    let relay = try await RunningRelay.start()
    let mailbox = try TestMailbox()
    let owner = try await relay.connect()
    let fence = try await mailbox.open(owner)
    try await mailbox.admit(owner)
    let sender = try await relay.connect()
    for _ in 0..<20 { _ = try await sender.put(try mailbox.put()) }

    let check = try await run("check", "--data", relay.dataFolder)
    #expect(check.exit == .code(0) && check.standardError.isEmpty)
    let stats = try await run("stats", "--data", relay.dataFolder)
    #expect(stats.standardOutput.contains("envelopes: 20\n"))
    #expect(!stats.standardOutput.contains(mailbox.id.bytes.description.prefix(16)))
    let copy = folder.path(of: "copy")
    try FileManager.default.createDirectory(
      atPath: copy, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    #expect(try await run("backup", "--data", relay.dataFolder, "--to", copy + "/relay.sqlite").exit == .code(0))
    let again = try await run("backup", "--data", relay.dataFolder, "--to", copy + "/relay.sqlite")
    #expect(again.exit == .code(1) && again.standardError.contains("--to"))
    _ = try await sender.put(try mailbox.put())

    try FileManager.default.copyItem(atPath: relay.dataFolder + "/relay.key", toPath: copy + "/relay.key")
    let restored = try await RunningRelay.start(dataFolder: copy)
    let reader = try await restored.connect(expecting: owner.hello.relayKey)
    try await mailbox.open(reader, presenting: fence)
    #expect(try await mailbox.fetchAll(reader).count == 20)
  }

  @Test func `prune and drop refuse while the relay serves, and do it afterwards`() async throws {
    let relay = try await RunningRelay.start()
    let mailbox = try TestMailbox()
    _ = try await relay.owner(of: mailbox)
    _ = try await relay.connect().put(try mailbox.put())
    let id = mailbox.id.bytes.description
    for arguments in [["prune"], ["mailbox", "drop", id]] {
      let refused = try await RunningProcess.run("sotto-relay", arguments + ["--data", relay.dataFolder])
      #expect(refused.exit == .code(1))
      #expect(refused.standardError.contains("process \(relay.process.processID)"))
    }
    try await relay.terminate()
    #expect(try await run("prune", "--compact", "--data", relay.dataFolder).exit == .code(0))
    #expect(try await run("mailbox", "drop", id, "--data", relay.dataFolder).exit == .code(0))
    #expect(try await run("mailbox", "drop", id, "--data", relay.dataFolder).exit == .code(1))
    let stats = try await run("stats", "--data", relay.dataFolder)
    #expect(stats.standardOutput.hasPrefix("mailboxes: 0\nenvelopes: 0\n"))
  }

  @Test func `check tells every problem and ends with 1`() async throws {
    let relay = try await RunningRelay.start()
    try await relay.terminate()
    try FileManager.default.removeItem(atPath: relay.dataFolder + "/relay.key")
    let check = try await run("check", "--data", relay.dataFolder)
    #expect(check.exit == .code(1))
    #expect(check.standardOutput.contains("relay.key is missing"))
    #expect(check.standardError.contains("1 problem"))
  }

  @Test(arguments: ["check", "stats", "backup", "prune", "mailbox"])
  func `each teaches with an example, and needs its folder named`(command: String) async throws {
    let help = try await run(command, "--help")
    #expect(help.exit == .code(0))
    #expect(help.standardOutput.contains("sotto-relay \(command)"))
    #expect(help.standardOutput.contains("--data ./relay-data"))
    let arguments = command == "mailbox" ? ["mailbox", "drop"] : [command]
    #expect(try await RunningProcess.run("sotto-relay", arguments).exit == .code(2))
  }

  @Test(arguments: ["check", "stats", "backup", "prune"])
  func `none makes a folder that is not there`(command: String) async throws {
    let folder = try TemporaryFolder()
    let missing = folder.path(of: "missing")
    let arguments = [command, "--data", missing] + (command == "backup" ? ["--to", folder.path(of: "copy")] : [])
    let process = try await RunningProcess.run("sotto-relay", arguments)
    #expect(process.exit == .code(1))
    #expect(process.standardError.contains("--data"))
    #expect(!FileManager.default.fileExists(atPath: missing))
  }

  @Test func `by default a flood from one key is refused, and another's is served`() async throws {
    let relay = try await RunningRelay.start(arguments: ["--rate-limits", "standard"])
    let (flooded, quiet) = (try TestMailbox(), try TestMailbox())
    let owner = try await relay.owner(of: flooded)
    _ = try await relay.owner(of: quiet)
    let sender = try await relay.connect()
    var seen: RelayRefusal?
    for _ in 0..<100 where seen == nil {
      seen = await refusal { _ = try await sender.putBatch(try (0..<64).map { _ in try flooded.put() }) }
    }
    #expect(seen?.code == .rateLimited)
    #expect((1...10).contains(seen?.retryAfterSeconds ?? 0))
    _ = try await relay.connect().put(try quiet.put())
    #expect(try await flooded.fetchAll(owner).count >= 2_048)
  }
}
