import Foundation
import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(3))) struct `A relay whose disk fails` {
  /// One mailbox of one relay, with everything that got a receipt.
  private struct Scene {
    let mailbox: TestMailbox
    var relay: RunningRelay
    var owner: RelayConnection
    var sender: RelayConnection
    var fence: Fence
    var receipts: [EnvelopeID: UInt64] = [:]

    init(_ relay: RunningRelay) async throws {
      mailbox = try TestMailbox()
      self.relay = relay
      owner = try await relay.connect()
      fence = try await mailbox.open(owner)
      try await mailbox.admit(owner)
      sender = try await relay.connect(expecting: owner.hello.relayKey)
    }

    /// - Returns: why it was refused; nil: it got its receipt.
    mutating func put(_ put: PutCommand) async throws -> RelayRefusal? {
      do throws(RelayClientError) {
        receipts[put.envelopeID] = try await sender.put(put).storedAt
        return nil
      } catch {
        guard case .refused(let refusal) = error else { throw error }
        return refusal
      }
    }

    /// Everything that got a receipt is there, with its time, in a log without holes; other things may be there too.
    func check() async throws {
      let found = try await mailbox.fetchAll(owner)
      #expect(found.map(\.seq) == found.indices.map { UInt64($0) + 1 })
      let times = Dictionary(grouping: found, by: \.envelopeID)
      #expect(times.values.allSatisfy { $0.count == 1 }, "an envelope is there twice")
      #expect(receipts.allSatisfy { times[$0.key]?.first?.storedAt == $0.value }, "an acknowledged envelope is lost")
    }

    /// Kills the relay and goes on with another process on the same data.
    mutating func restart(wrapper: [String] = []) async throws {
      try await relay.kill()
      relay = try await relay.restarted(wrapper: wrapper)
      let key = owner.hello.relayKey
      owner = try await relay.connect(expecting: key)
      fence = try await mailbox.open(owner, presenting: fence)
      sender = try await relay.connect(expecting: key)
    }
  }

  @Test(.enabled(if: TemporaryDisk.isPermitted, "mounting is refused here: run the tests as root for this one"))
  func `because it is full refuses, keeps what it has, serves it, and goes on when there is room`() async throws {
    // To start anew, the log has to be copied whole: there must be as much room again as it has.
    let disk = try TemporaryDisk(mebibytes: 16)
    let filler = disk.path + "/filler"
    try Data(count: 9 << 20).write(to: URL(fileURLWithPath: filler))
    var scene = try await Scene(try await RunningRelay.start(dataFolder: disk.path + "/relay"))
    var refusals: [RelayRefusal] = []
    for _ in 0..<400 where refusals.count < 20 {
      if let refusal = try await scene.put(try scene.mailbox.put(byteCount: 65_536)) { refusals.append(refusal) }
    }
    #expect(refusals.count == 20 && scene.receipts.count > 10)
    #expect(refusals.allSatisfy { $0.code == .unavailable && $0.retryAfterSeconds > 0 })
    try await scene.check()

    // A crash on the full disk: it serves what it has, or says what is wrong.
    try await scene.relay.kill()
    do throws(ProcessFailure) {
      scene.relay = try await scene.relay.restarted()
    } catch {
      guard case .ended(.code(1), _, let explanation) = error else { throw error }
      #expect(explanation.contains("space on its disk"))
      try FileManager.default.removeItem(atPath: filler)
      scene.relay = try await scene.relay.restarted()
    }
    scene.owner = try await scene.relay.connect()
    // A new fence would have to be written: the owner shows the one that it has.
    let shown = try scene.mailbox.opening(scene.owner.hello, presented: scene.fence, next: .none)
    _ = try await scene.owner.openMailbox(shown)
    try await scene.check()
    // Removed already if the relay could not start.
    try? FileManager.default.removeItem(atPath: filler)
    scene.fence = try await scene.mailbox.open(scene.owner, presenting: scene.fence)
    scene.sender = try await scene.relay.connect()
    #expect(try await scene.put(try scene.mailbox.put(byteCount: 65_536)) == nil)
    try await scene.check()
    try await scene.restart()
    try await scene.check()
    #expect(try await scene.relay.terminate() == .code(0))
  }

  @Test(.enabled(if: TemporaryDisk.isPermitted, "mounting is refused here: run the tests as root for this one"))
  func `because there is room again goes on by itself, without a restart`() async throws {
    let disk = try TemporaryDisk(mebibytes: 8)
    let filler = disk.path + "/filler"
    try Data(count: 4 << 20).write(to: URL(fileURLWithPath: filler))
    var scene = try await Scene(try await RunningRelay.start(dataFolder: disk.path + "/relay"))
    var refused: PutCommand?
    for _ in 0..<400 where refused == nil {
      let put = try scene.mailbox.put(byteCount: 65_536)
      if try await scene.put(put) != nil { refused = put }
    }
    let first = try #require(refused)
    try FileManager.default.removeItem(atPath: filler)
    #expect(try await scene.put(first) == nil)
    try await scene.check()
    try await scene.restart()
    try await scene.check()
  }

  @Test(arguments: [DiskFault.readOnly, .full, .failingSync])
  func `while it runs refuses, serves what it has, and loses nothing`(fault: DiskFault) async throws {
    let faults = try await Interposer(.diskFaults, DiskFault.none.rawValue)
    var scene = try await Scene(try await RunningRelay.start(wrapper: faults.wrapper))
    for _ in 0..<10 { #expect(try await scene.put(try scene.mailbox.put()) == nil) }
    try faults.set(fault.rawValue)
    var refused: [PutCommand] = []
    for _ in 0..<10 {
      let put = try scene.mailbox.put()
      #expect(try await scene.put(put)?.code == .unavailable)
      refused.append(put)
    }
    #expect(try LoopbackSocket.get("/readyz", port: scene.relay.port).hasPrefix("HTTP/1.1 503"))
    #expect(try LoopbackSocket.get("/healthz", port: scene.relay.port).hasPrefix("HTTP/1.1 200"))
    try await scene.check()
    try faults.set(DiskFault.none.rawValue)
    for put in refused { #expect(try await scene.put(put) == nil) }
    #expect(try LoopbackSocket.get("/readyz", port: scene.relay.port).hasPrefix("HTTP/1.1 200"))
    try await scene.check()

    try faults.set(fault.rawValue)
    #expect(try await scene.put(try scene.mailbox.put())?.code == .unavailable)
    try await scene.relay.kill()
    try faults.set(DiskFault.none.rawValue)
    try await scene.restart(wrapper: faults.wrapper)
    try await scene.check()
    #expect(try await scene.put(try scene.mailbox.put()) == nil)
    #expect(try await scene.relay.terminate() == .code(0))
    #expect(
      try await RunningProcess.run("sotto-relay", ["check", "--data", scene.relay.dataFolder]).exit == .code(0))
  }

  @Test(.enabled(if: TemporaryDisk.isPermitted, "mounting is refused here: run the tests as root for this one"))
  func `because it is read-only does not start, says why, and starts when it is writable again`() async throws {
    let disk = try TemporaryDisk(mebibytes: 12)
    var scene = try await Scene(try await RunningRelay.start(dataFolder: disk.path + "/relay"))
    for _ in 0..<5 { #expect(try await scene.put(try scene.mailbox.put()) == nil) }
    try await scene.relay.kill()
    try disk.remount(readOnly: true)
    let refused = try await RunningProcess.run(
      "sotto-relay", ["serve", "--listen", "127.0.0.1:0", "--data", scene.relay.dataFolder])
    #expect(refused.exit == .code(1))
    #expect(refused.standardError.contains("Cannot read and write"))
    try disk.remount(readOnly: false)
    try await scene.restart()
    try await scene.check()
  }
}
