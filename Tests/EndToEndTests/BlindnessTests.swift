import Foundation
import ProcessSupport
import Testing

@Suite struct BlindnessTests {
  @Test func `the relay's disk and log hold no text, name, account or device key`() async throws {
    let relay = try await RunningRelay.start(arguments: ["--log-level", "trace"])
    let (alice, bob) = (
      try await Person.atRelay(relay, "AliceÅngström"), try await Person.atRelay(relay, "BobBrönnimann")
    )
    try await alice.meet(bob)
    let picture = Picture.bytes(20_000, seed: 7)
    let path = alice.folder.path(of: "edelweiss-panorama.png")
    try Data(picture).write(to: URL(fileURLWithPath: path))
    let (text, answer) = ("heute um fünf am Fluß 你好 🌊", "Käse und чай bringe ich mit")
    try await alice.succeed(["send", bob.name, text, "--file", path])
    try await bob.succeed(["receive"])
    try await bob.succeed(["send", alice.name, answer])
    // The answer stays at the relay, so that there is something to search.
    let accounts = [try await alice.whoAmI(), try await bob.whoAmI()]
    try await relay.kill()

    let disk = try RelayDisk(relay)
    for account in accounts {
      #expect(try disk.holds(hex: account.mailbox), "the search must find what the relay has to know")
      #expect(try !disk.holds(hex: account.account))
      #expect(try !disk.holds(hex: String(account.account.dropFirst(2))))
      #expect(try !disk.holds(hex: account.deviceKey))
      #expect(!disk.holds(text: account.address))
      #expect(!disk.holds(text: account.name))
    }
    for secret in [text, answer, "heute um fünf", "edelweiss-panorama"] { #expect(!disk.holds(text: secret)) }
    for start in stride(from: 0, to: picture.count - 32, by: 128) {
      #expect(!disk.holds(picture[start..<start + 32]))
    }
  }
}
