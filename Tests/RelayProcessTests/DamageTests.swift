import Foundation
import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(3))) struct `A relay whose files are damaged` {
  private static let count = 40

  /// A relay that was killed or ended with 40 envelopes in one mailbox, and what its owner knows.
  private struct Remains {
    let relay: RunningRelay
    let mailbox: TestMailbox
    let fence: Fence
    let checkpoint: SignedCheckpoint

    init(killing: Bool) async throws {
      relay = try await RunningRelay.start()
      mailbox = try TestMailbox()
      let owner = try await relay.connect()
      fence = try await mailbox.open(owner)
      try await mailbox.admit(owner)
      let sender = try await relay.connect()
      for _ in 0..<count { _ = try await sender.put(try mailbox.put()) }
      let page = try await owner.fetch(try FetchCommand(mailbox: mailbox.id, after: 0))
      guard case .signed(let checkpoint) = page.checkpoint, page.head == count else {
        throw ProcessFailure.unexpectedOutput("no signed page of \(count)")
      }
      self.checkpoint = checkpoint
      if killing { try await relay.kill() } else { try await relay.terminate() }
    }

    func open(_ connection: RelayConnection) async throws -> OpenReply {
      let plain = try mailbox.opening(connection.hello, presented: fence, next: FenceNonce(TestMailbox.random()))
      return try await connection.openMailbox(
        try OpenMailboxCommand(
          mailbox: plain.mailbox, presented: plain.presented, nextNonce: plain.nextNonce, signature: plain.signature,
          checkpoint: checkpoint))
    }
  }

  @Test func `so that the end of its log is missing serves the rest, and tells the owner who knows more`() async throws
  {
    let remains = try await Remains(killing: true)
    let log = remains.relay.dataFolder + "/relay.sqlite-wal"
    let file = try #require(FileHandle(forWritingAtPath: log))
    let length = try file.seekToEnd()
    // In the middle of a frame, a third before the end.
    try file.truncate(atOffset: length * 2 / 3 + 13)
    try file.close()

    let relay = try await remains.relay.restarted()
    let owner = try await relay.connect()
    let reply = try await remains.open(owner)
    #expect(reply.epoch == 2, "an owner with a checkpoint beyond the log is told that the relay was set back")
    #expect(reply.head >= remains.checkpoint.checkpoint.seq, "no number is used again")
    let sender = try await relay.connect()
    let late = try remains.mailbox.put()
    _ = try await sender.put(late)
    let page = try await owner.fetch(
      try FetchCommand(mailbox: remains.mailbox.id, after: remains.checkpoint.checkpoint.seq))
    #expect(page.epoch == 2)
    guard case .envelope(let envelope) = page.items.last else {
      Issue.record("no envelope")
      return
    }
    #expect(envelope.envelopeID == late.envelopeID)
    #expect(try await relay.terminate() == .code(0))
    let check = try await RunningProcess.run("sotto-relay", ["check", "--data", relay.dataFolder])
    #expect(check.exit == .code(0), "\(check.standardOutput)")
  }

  @Test func `in the first page does not start, says why and changes nothing`() async throws {
    let remains = try await Remains(killing: false)
    let path = remains.relay.dataFolder + "/relay.sqlite"
    try overwrite(path, at: 0, count: 200)
    let damaged = try Data(contentsOf: URL(fileURLWithPath: path))
    let start = try await RunningProcess.run(
      "sotto-relay", ["serve", "--listen", "127.0.0.1:0", "--data", remains.relay.dataFolder])
    #expect(start.exit == .code(1))
    #expect(start.standardError.contains("is not what this version wrote"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == damaged)
  }

  @Test func `in any one page refuses or answers, never crashes, and check finds it`() async throws {
    let remains = try await Remains(killing: false)
    let (folder, path) = (remains.relay.dataFolder, remains.relay.dataFolder + "/relay.sqlite")
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    let pages = whole.count / 4_096
    #expect(pages > 20)
    var found = 0
    for page in stride(from: 1, to: pages, by: max(1, pages / 10)) {
      try whole.write(to: URL(fileURLWithPath: path))
      try overwrite(path, at: page * 4_096, count: 4_096)
      let check = try await RunningProcess.run("sotto-relay", ["check", "--data", folder])
      guard case .code(let code) = check.exit else {
        Issue.record("check crashed over page \(page + 1): \(check.standardError)")
        continue
      }
      if code == 1 { found += 1 }
      try await survive(remains, page: page + 1)
    }
    #expect(found >= 8)
  }

  /// Starts on damaged data and asks for what there is: whatever the answers, the process ends only when it is told.
  private func survive(_ remains: Remains, page: Int) async throws {
    let relay: RunningRelay
    do throws(ProcessFailure) { relay = try await remains.relay.restarted() } catch {
      guard case .ended(.code(1), _, let explanation) = error else { throw error }
      #expect(explanation.contains(remains.relay.dataFolder), "page \(page)")
      return
    }
    let owner = try await relay.connect()
    // Refusals are answers here; that the connection ends is not.
    _ = await refusal { _ = try await remains.open(owner) }
    _ = await refusal { _ = try await remains.mailbox.fetchAll(owner) }
    let sender = try await relay.connect()
    _ = await refusal { _ = try await sender.put(try remains.mailbox.put()) }
    #expect(owner.isOpen && sender.isOpen, "page \(page)")
    #expect(try await relay.terminate() == .code(0), "page \(page)")
  }

  private func overwrite(_ path: String, at offset: Int, count: Int) throws {
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seek(toOffset: UInt64(offset))
    try file.write(contentsOf: Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 89) }))
    try file.close()
  }
}
