import Foundation
import ProcessSupport
import Testing

@Suite struct KilledProcessTests {
  /// Random delays from a seed, so that a failure can be repeated (as far as a scheduler repeats itself).
  private struct Delays {
    var state: UInt64

    /// Up to half as long again as `whole`, which is what the command takes when it is left alone.
    mutating func next(_ whole: Duration) -> Duration {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return whole * 1.5 * (Double(state >> 33) / Double(1 << 31))
    }
  }

  /// Lets a process live for a while, then ends it with -9.
  private func kill(_ process: RunningProcess, after delay: Duration) async throws {
    // The moment of the kill is the thing under test: nothing is waited for.
    try await ContinuousClock().sleep(for: delay)
    process.kill()
    _ = try await process.exit()
  }

  @Test func `senders and receivers killed at random moments lose nothing and double nothing`() async throws {
    let seed: UInt64 = 20_261_122
    var delays = Delays(state: seed)
    let relay = try await RunningRelay.start()
    let (alice, bob) = (try await Person.atRelay(relay, "Alice"), try await Person.atRelay(relay, "Bob"))
    try await alice.succeed(["contact", "add", try await bob.invite(), "--as", "Bob"])
    let clock = ContinuousClock()
    var (send, receive) = (Duration.zero, Duration.zero)
    for round in 1...24 {
      if round % 4 == 1 {
        // How long the commands take on this machine just now, while other tests are running or not.
        send = try await clock.measure { _ = try await alice.succeed(["send", "Bob", "undisturbed \(round)"]) }
        receive = try await clock.measure { _ = try await bob.succeed(["receive"]) }
      }
      try await kill(try alice.start(["send", "Bob", "out \(round)"]), after: delays.next(send))
      try await kill(try bob.start(["receive"]), after: delays.next(receive))
      if round % 3 == 0 {
        // Now the other way, on a session that both sides have used.
        try await kill(try bob.start(["send", "Alice", "back \(round)"]), after: delays.next(send))
        try await kill(try alice.start(["receive"]), after: delays.next(receive))
      }
    }
    for _ in 1...2 {
      try await alice.succeed(["receive"])
      try await bob.succeed(["receive"])
    }
    for (sender, recipient) in [(alice, bob), (bob, alice)] {
      // What the sender's vault holds was promised; a process killed before that has promised nothing.
      let sent = try await sender.messages(with: recipient.name).filter { $0.direction == "out" }
      let received = try await recipient.messages(with: sender.name).filter { $0.direction == "in" }
      #expect(!sent.isEmpty, "seed \(seed)")
      #expect(received.map(\.id).sorted() == sent.map(\.id).sorted(), "seed \(seed)")
      #expect(received.map(\.text).sorted() == sent.map(\.text).sorted(), "seed \(seed)")
      #expect(sent.allSatisfy { $0.state == "read" || $0.state == "delivered" }, "seed \(seed)")
    }
  }

  @Test func `an init killed at random moments goes on where it was`() async throws {
    var delays = Delays(state: 7)
    let relay = try await RunningRelay.start()
    let bob = try await Person.atRelay(relay, "Bob")
    for round in 1...8 {
      let whole = try await ContinuousClock().measure { _ = try await Person.atRelay(relay, "Undisturbed") }
      let alice = try Person("Alice")
      let command = ["init", "--relay", relay.url, "--name", "Alice", "--json"]
      var recovery: Set<String> = []
      for _ in 1...2 {
        let process = try alice.start(command)
        try await kill(process, after: delays.next(whole) * 0.7)
        recovery.formUnion(Self.recovery(in: process.standardOutput))
      }
      let finished = try await alice.run(command)
      #expect(finished.exit == .code(0), "round \(round): \(finished.standardError)")
      recovery.formUnion(Self.recovery(in: finished.standardOutput))
      #expect(recovery.count == 1, "round \(round): shown until it was shown, and always the same")
      #expect(try await Self.recovery(in: alice.succeed(command)).isEmpty, "round \(round): and then never again")
      try await bob.succeed(["contact", "add", try await alice.invite(), "--as", "Alice \(round)"])
      try await bob.succeed(["send", "Alice \(round)", "are you whole?"])
      #expect(try await alice.succeed(["receive"]).contains("are you whole?"), "round \(round)")
    }
  }

  private static func recovery(in output: String) -> [String] {
    output.split(whereSeparator: { !$0.isASCII || !($0.isLetter || $0.isNumber) }).map(String.init)
      .filter { $0.hasPrefix("sottorecovery1") && $0.count == 72 }
  }
}
