import Ambient
import Foundation
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing

/// A measurement rather than a check, and long: `SOTTO_CATCHUP=100000 swift test --filter CatchUpTests`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["SOTTO_CATCHUP"] != nil))
struct CatchUpTests {
  /// What the process occupies now, in MiB.
  private func residentMemory() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return try #require(Int(fields[1])) * 4_096 / 1_048_576
  }

  @Test func `catching up takes the same memory however much waits`() throws {
    let count = Int(ProcessInfo.processInfo.environment["SOTTO_CATCHUP"] ?? "") ?? 100_000
    let pair = try Pair()
    var afterFirst = 0
    var received = 0
    // A sender may fill a share of a mailbox only, so it is filled and read in turns: pages are 256 envelopes either way.
    while received < count {
      for number in 0..<256 { try pair.alice.say("message \(received + number)", to: "bob") }
      try pair.alice.sendAll()
      received += try pair.bob.receiveAll().accepted
      pair.clock.advance(by: .seconds(30))
      try pair.bob.sendAll()
      try pair.alice.receiveAll()
      if afterFirst == 0 { afterFirst = try residentMemory() }
    }
    let after = try residentMemory()
    print(
      "caught up \(received) envelopes; resident memory \(afterFirst) MiB after the first page, \(after) MiB at the end"
    )
    #expect(after < 150, "sender, relay and receiver together")
  }
}
