import ByteLayout
import Foundation
import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite(.timeLimit(.minutes(2))) struct `The search for canaries` {
  /// An envelope that holds `bytes` in the clear, as a broken node would send it.
  private func leak(_ bytes: Data, _ mailbox: TestMailbox) throws -> PutCommand {
    let plain = try mailbox.put()
    var body = Array(plain.envelope.data)
    body.replaceSubrange(301..<301 + bytes.count, with: bytes)
    return PutCommand(
      mailbox: mailbox.id, envelopeID: plain.envelopeID, tag: mailbox.tag, envelope: try Envelope(body),
      retention: .day, deletionHash: DeletionHash(FixedBytes()))
  }

  @Test func `finds in files and in memory what envelopes leak, in each spelling, and nothing else`() async throws {
    var canaries = Canaries()
    canaries.add("not leaked", bytes: TestMailbox.random32())
    let relay = try await RunningRelay.start()
    let mailbox = try TestMailbox()
    let owner = try await relay.owner(of: mailbox)
    var leaks: [(label: String, bytes: Data)] = []
    for spelling in 0..<Canaries.spellings(of: []).count {
      for secret in [Array("a plain text of 海 \(UInt64.random(in: .min ... .max))".utf8), TestMailbox.random32()] {
        let label = "leak \(leaks.count)"
        canaries.add(label, bytes: secret)
        leaks.append((label, Canaries.spellings(of: secret)[spelling]))
      }
    }
    let process = relay.process.processID
    #expect(try canaries.found(inFolder: relay.dataFolder) == [])
    #expect(try canaries.found(inMemoryOf: process).labels == [])
    let sender = try await relay.connect()
    for leaked in leaks { _ = try await sender.put(try leak(leaked.bytes, mailbox)) }
    let everything = Set(leaks.map(\.label))
    #expect(try canaries.found(inFolder: relay.dataFolder) == everything)
    #expect(try canaries.found(inMemoryOf: process).labels == everything)
    #expect(owner.isOpen)
  }

  @Test func `finds no address of a client in what the relay writes, and knows one that it does`() async throws {
    var canaries = Canaries()
    for address in ["127.77.13.1", "127.77.200.42"] {
      canaries.add(address, text: address)
      canaries.add(address, bytes: address.split(separator: ".").compactMap { UInt8($0) })
    }
    let relay = try await RunningRelay.start(arguments: ["--log-level", "trace"])
    let mailbox = try TestMailbox()
    let near = try LoopbackForwarder(to: relay.port, from: "127.77.13.1")
    let far = try LoopbackForwarder(to: relay.port, from: "127.77.200.42")
    let owner = try await RelayConnection.connect(
      to: try RelayAddress(url: "ws://127.0.0.1:\(near.port)"), expectedRelayKey: nil, timeLimit: .seconds(20))
    try await mailbox.open(owner)
    try await mailbox.admit(owner)
    let sender = try await RelayConnection.connect(
      to: try RelayAddress(url: "ws://127.0.0.1:\(far.port)"), expectedRelayKey: nil, timeLimit: .seconds(20))
    _ = try await sender.put(try mailbox.put())
    _ = await refusal { _ = try await sender.put(try TestMailbox().put()) }
    let rude = try LoopbackSocket(port: relay.port, from: "127.77.13.1")
    rude.send("GET / HTTP/9.9\r\n\r\n".utf8)
    rude.setTimeLimit(.seconds(10))
    _ = rude.receiveAll()
    for path in ["/metrics", "/healthz", "/readyz", "/v1/ws"] {
      #expect(canaries.found(in: try LoopbackSocket.get(path, port: relay.port)) == [])
    }
    // What the relay has to know is found.
    canaries.add("control", bytes: mailbox.id.bytes.array)
    #expect(try canaries.found(inFolder: relay.dataFolder) == ["control"])
    _ = try await sender.put(try leak(Data("127.77.200.42".utf8), mailbox))
    #expect(try canaries.found(inFolder: relay.dataFolder) == ["control", "127.77.200.42"])
    #expect(try await relay.terminate() == .code(0))
    #expect(canaries.found(in: relay.process.standardOutput + relay.process.standardError) == [])
    #expect(relay.process.standardError.contains("ended"))
  }
}
