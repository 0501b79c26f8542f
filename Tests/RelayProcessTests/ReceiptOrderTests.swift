import ByteLayout
import Foundation
import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(3))) struct `A stored receipt` {
  private let marker: FixedBytes<8> = TestMailbox.random()

  private func put(_ number: Int, _ mailbox: TestMailbox) throws -> PutCommand {
    var id = FixedBytes<16>()
    for index in 0..<8 {
      id[index] = marker[index]
      id[15 - index] = UInt8(truncatingIfNeeded: number >> (8 * index))
    }
    return try mailbox.put(id)
  }

  /// 96 puts to a relay under strace: many at once, then one after the other.
  private func trace(wrapper: [String] = []) async throws -> DurabilityTrace {
    let folder = try TemporaryFolder()
    let file = folder.path(of: "trace")
    let relay = try await RunningRelay.start(wrapper: DurabilityTrace.command + [file] + wrapper)
    let mailbox = try TestMailbox()
    let owner = try await relay.owner(of: mailbox)
    let load = PutLoad(try (0..<4).map { sender in try (0..<20).map { try put(sender * 20 + $0, mailbox) } })
    await load.run(relay, owner.hello.relayKey)
    #expect(load.surprises.isEmpty && load.acknowledged.count == 80)
    let sender = try await relay.connect()
    for number in 80..<96 { _ = try await sender.put(try put(number, mailbox)) }
    #expect(try await relay.terminate() == .code(0))
    return DurabilityTrace(try Data(contentsOf: URL(fileURLWithPath: file)), marker: marker.array)
  }

  @Test func `leaves only after the fsync that covers its commit has returned`() async throws {
    let trace = try await trace()
    #expect(trace.receipts == Set(0..<96))
    #expect(trace.tooEarly.isEmpty)
    #expect(trace.syncs >= 17)
  }

  @Test func `is found to leave too early when something swallows the fsync`() async throws {
    let faults = try await Interposer(.diskFaults, DiskFault.lyingSync.rawValue)
    let trace = try await trace(wrapper: faults.wrapper)
    #expect(trace.receipts == Set(0..<96))
    #expect(trace.tooEarly == trace.receipts)
    #expect(trace.syncs == 0)
  }
}
