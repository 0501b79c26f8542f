import ByteLayout
import Foundation
import ProcessSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct BlindnessTests {
  /// In every text, name and file name, so that a part of any of them is found too.
  private let mark = String((0..<12).map { _ in "abcdefghijkmnpqrstuvwxyz23456789".randomElement() ?? "x" })

  @Test func `the relay's files, log, pages and memory hold no text, name, account, device key or address`()
    async throws
  {
    let relay = try await RunningRelay.start(arguments: ["--log-level", "trace"])
    let addresses = ["127.77.13.1", "127.77.200.42"]
    let forwarders = try addresses.map { try LoopbackForwarder(to: relay.port, from: $0) }
    let alice = try await person("Alice", forwarders[0])
    let bob = try await person("Bob", forwarders[1])
    try await alice.meet(bob)
    let picture = Picture.bytes(20_000, seed: 7)
    let path = alice.folder.path(of: "edelweiss \(mark) panorama.png")
    try Data(picture).write(to: URL(fileURLWithPath: path))
    // What is answered stays at the relay, so that there is something to search.
    try await alice.succeed(["send", bob.name, "heute um fünf am Fluß 你好 🌊 \(mark)", "--file", path])
    try await bob.succeed(["receive"])
    try await bob.succeed(["send", alice.name, "Käse und чай \(mark) bringe ich mit"])

    var canaries = Canaries()
    canaries.add("a text or a name", text: mark)
    canaries.add("a text", text: "heute um fünf")
    for (number, start) in stride(from: 0, to: picture.count - 32, by: 2_048).enumerated() {
      canaries.add("part \(number) of the file", bytes: picture[start..<start + 32])
    }
    var known = Canaries()
    for (person, address) in zip([alice, bob], addresses) {
      let account = try await person.whoAmI()
      canaries.add("an address of an account", text: account.address)
      canaries.add("an account", bytes: try Hexadecimal.decode(account.accountId))
      // Without the byte that tells the kind of key.
      canaries.add("an account", bytes: try Hexadecimal.decode(account.accountId).dropFirst())
      canaries.add("a device key", bytes: try Hexadecimal.decode(account.deviceKey))
      known.add(person.name, bytes: try Hexadecimal.decode(account.mailbox))
      var network = Canaries()
      network.add("a client's address", text: address)
      network.add("a client's address", bytes: address.split(separator: ".").compactMap { UInt8($0) })
      #expect(try network.found(inFolder: relay.dataFolder) == [])
    }
    let memory = try canaries.found(inMemoryOf: relay.process.processID)
    #expect(memory.labels == [])
    #expect(memory.byteCount > 1 << 20)
    #expect(try canaries.found(inFolder: relay.dataFolder) == [])
    for page in ["/metrics", "/healthz", "/readyz"] {
      #expect(canaries.found(in: try LoopbackSocket.get(page, port: relay.port)) == [])
    }
    // The search finds what the relay has to know.
    let names: Set = [alice.name, bob.name]
    #expect(try known.found(inMemoryOf: relay.process.processID).labels == names)
    #expect(try known.found(inFolder: relay.dataFolder) == names)
    try await relay.terminate()
    #expect(try canaries.found(inFolder: relay.dataFolder) == [])
    for address in addresses { canaries.add("a client's address", text: address) }
    #expect(canaries.found(in: relay.process.standardOutput + relay.process.standardError) == [])
  }

  /// A new account that reaches the relay from an address of its own.
  private func person(_ name: String, _ forwarder: LoopbackForwarder) async throws -> Person {
    let person = try Person("\(name) \(mark) Ångström")
    try await person.succeed(["init", "--relay", "ws://127.0.0.1:\(forwarder.port)", "--name", person.name])
    return person
  }
}
