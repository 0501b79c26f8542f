import Foundation
import ProcessSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct `A node at a relay that does not take everybody` {
  @Test func `makes its account with the operator's token, also if it comes late`() async throws {
    let relay = try await RunningRelay.start(arguments: ["--registration", "token"])
    let alice = try Person("Alice")
    let refused = try await alice.run(["init", "--relay", relay.url])
    #expect(refused.exit == .code(9))
    #expect(refused.standardError.contains("--registration-token"))
    let made = try await RunningProcess.run("sotto-relay", ["token", "create", "--data", relay.dataFolder])
    let token = String(made.standardOutput.dropLast())
    #expect(try await alice.run(["init", "--relay", relay.url, "--registration-token", "x"]).exit == .code(2))
    try await alice.succeed(["init", "--relay", relay.url, "--registration-token", token])
    // It is spent, and not needed any more.
    try await alice.succeed(["receive"])
    let bob = try Person("Bob")
    #expect(try await bob.run(["init", "--relay", relay.url, "--registration-token", token]).exit == .code(9))
  }

  @Test func `does the work that the relay asks of strangers by itself`() async throws {
    let relay = try await RunningRelay.start(arguments: ["--request-work-bits", "8"])
    let alice = try await Person.atRelay(relay, "Alice")
    let bob = try await Person.atRelay(relay, "Bob")
    try await alice.meet(bob)
    try await alice.succeed(["send", "Bob", "Grüezi"])
    #expect(try await bob.succeed(["receive"]).contains("Grüezi"))
  }
}
