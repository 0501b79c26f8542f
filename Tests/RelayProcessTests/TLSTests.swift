import Foundation
import ProcessSupport
import RelayClient
import RelayWire
import Testing

@Suite("A relay with a certificate", .timeLimit(.minutes(2))) struct TLSTests {
  private let authority: TestAuthority

  init() async throws { authority = try await TestAuthority() }

  private func start(_ certificate: IssuedCertificate) async throws -> RunningRelay {
    try await RunningRelay.start(arguments: certificate.arguments)
  }

  private func transport() throws -> RelayTransport {
    try RelayTransport(authorityFile: authority.file, tlsOnLoopback: true)
  }

  private func connect(_ relay: RunningRelay, _ transport: RelayTransport) async throws -> RelayConnection {
    try await RelayConnection.connect(
      to: try transport.address(url: relay.url), expectedRelayKey: nil, timeLimit: .seconds(20), transport: transport)
  }

  /// What `openssl s_client` with these options says, and whether it came to an agreement.
  private func openssl(_ relay: RunningRelay, _ options: [String]) async throws -> FinishedProcess {
    try await RunningProcess.run(
      "/usr/bin/env",
      ["openssl", "s_client", "-connect", "127.0.0.1:\(relay.port)", "-CAfile", authority.file, "-verify_return_error"]
        + options)
  }

  @Test func `serves those who trust its authority, by address and by name`() async throws {
    let relay = try await start(try await authority.issue())
    #expect(relay.url == "wss://127.0.0.1:\(relay.port)")
    let mailbox = try TestMailbox()
    let owner = try await connect(relay, try transport())
    try await mailbox.open(owner)
    try await mailbox.admit(owner)
    let put = try mailbox.put(byteCount: 16_384)
    let byName = try RelayAddress(url: "wss://localhost:\(relay.port)", tlsOnLoopback: true)
    let sender = try await RelayConnection.connect(
      to: byName, expectedRelayKey: owner.hello.relayKey, timeLimit: .seconds(20), transport: try transport())
    _ = try await sender.put(put)
    #expect(try await mailbox.fetchAll(owner).map(\.envelopeID) == [put.envelopeID])
    #expect(try await relay.terminate() == .code(0))
    await owner.closed()
    #expect(relay.process.standardError.isEmpty)
  }

  /// SHA-256 of the public key of a certificate, as `openssl` and `sha256sum` have it.
  private func pin(_ certificate: IssuedCertificate) async throws -> String {
    let finished = try await RunningProcess.run(
      "/bin/sh",
      [
        "-c", "openssl x509 -in \"$0\" -pubkey -noout | openssl pkey -pubin -outform der | sha256sum", certificate.file,
      ])
    return String(finished.standardOutput.prefix(64))
  }

  @Test func `is pinned by its key, which a new certificate may keep`() async throws {
    let certificate = try await authority.issue()
    let relay = try await start(certificate)
    let (right, wrong) = (try await pin(certificate), try await pin(try await authority.issue("other")))
    func connect(_ pins: String) async throws -> RelayConnection {
      let transport = try RelayTransport(
        authorityFile: authority.file, tlsOnLoopback: true,
        pins: try TLSPins(pins.replacing("PORT", with: "\(relay.port)")))
      return try await self.connect(relay, transport)
    }
    _ = try await connect("127.0.0.1:PORT=\(right)").info()
    _ = try await connect("127.0.0.1:PORT=\(wrong),127.0.0.1:PORT=\(right)").info()
    // Somebody else's pin is none of ours.
    _ = try await connect("127.0.0.1:1=\(wrong),localhost:PORT=\(wrong)").info()
    await #expect(throws: RelayClientError.tls(.wrongKey)) { try await connect("127.0.0.1:PORT=\(wrong)") }
  }

  @Test func `is refused by those who do not`() async throws {
    let relay = try await start(try await authority.issue())
    await #expect(throws: RelayClientError.tls(.untrustedCertificate)) {
      try await connect(relay, try RelayTransport(tlsOnLoopback: true))
    }
    let other = try await TestAuthority()
    await #expect(throws: RelayClientError.tls(.untrustedCertificate)) {
      try await connect(relay, try RelayTransport(authorityFile: other.file, tlsOnLoopback: true))
    }
    _ = try await connect(relay, try transport()).info()
  }

  @Test func `is refused when its certificate is over`() async throws {
    let relay = try await start(try await authority.issue(days: -1))
    await #expect(throws: RelayClientError.tls(.untrustedCertificate)) { try await connect(relay, try transport()) }
  }

  @Test(arguments: ["DNS:other.example", "DNS:localhost", "IP:127.0.0.2", "DNS:127.0.0.1", "DNS:*"])
  func `is refused when its certificate is for another host`(subject: String) async throws {
    let relay = try await start(try await authority.issue(for: subject))
    await #expect(throws: RelayClientError.tls(.wrongHost)) { try await connect(relay, try transport()) }
  }

  @Test func `a certificate for the address is none for the name`() async throws {
    let relay = try await start(try await authority.issue(for: "IP:127.0.0.1"))
    let transport = try transport()
    _ = try await connect(relay, transport).info()
    await #expect(throws: RelayClientError.tls(.wrongHost)) {
      try await RelayConnection.connect(
        to: try transport.address(url: "wss://localhost:\(relay.port)"), expectedRelayKey: nil,
        timeLimit: .seconds(20), transport: transport)
    }
  }

  @Test(arguments: [
    ("DNS:LOCALHOST", true), ("DNS:other.example,DNS:localhost", true), ("DNS:*", false), ("DNS:local*", false),
    ("email:localhost", false), ("URI:localhost", false), ("DNS:localhost.example", false), ("DNS:*.localhost", false),
  ])
  func `a name is taken from the certificate's DNS names alone`(subject: String, isTaken: Bool) async throws {
    let relay = try await start(try await authority.issue("localhost", for: subject))
    let transport = try transport()
    let address = try transport.address(url: "wss://localhost:\(relay.port)")
    do throws(RelayClientError) {
      let connection = try await RelayConnection.connect(
        to: address, expectedRelayKey: nil, timeLimit: .seconds(20), transport: transport)
      #expect(isTaken)
      await connection.close()
    } catch {
      #expect(error == .tls(.wrongHost))
      #expect(!isTaken)
    }
  }

  @Test func `a relay without TLS is not spoken to where TLS is expected, nor the other way round`() async throws {
    let plain = try await RunningRelay.start()
    let transport = try transport()
    await #expect(throws: RelayClientError.tls(.handshake)) {
      try await RelayConnection.connect(
        to: try transport.address(route: "127.0.0.1:\(plain.port)"), expectedRelayKey: nil, timeLimit: .seconds(20),
        transport: transport)
    }
    let secured = try await start(try await authority.issue())
    await #expect(throws: RelayClientError.self) {
      try await RelayConnection.connect(
        to: try RelayAddress(route: "127.0.0.1:\(secured.port)"), expectedRelayKey: nil, timeLimit: .seconds(20))
    }
  }

  @Test func `speaks 1-2 and 1-3, and nothing older or without forward secrecy`() async throws {
    let relay = try await start(try await authority.issue())
    for version in ["-tls1_2", "-tls1_3"] {
      let finished = try await openssl(relay, [version])
      #expect(finished.exit == .code(0), "\(version): \(finished.standardError)")
      #expect(finished.standardOutput.contains("Verify return code: 0 (ok)"))
    }
    for options in [["-tls1_1"], ["-tls1"], ["-tls1_2", "-cipher", "AES128-GCM-SHA256"]] {
      let old = options.count == 1 ? options + ["-cipher", "DEFAULT@SECLEVEL=0"] : options
      let finished = try await openssl(relay, old)
      #expect(finished.exit != .code(0), "\(options)")
      #expect(finished.standardError.contains("alert"), "\(options): refused by the relay")
    }
  }

  @Test func `a server that speaks nothing newer than 1-1 is refused`() async throws {
    let certificate = try await authority.issue()
    let server = try RunningProcess(
      "/usr/bin/env",
      [
        "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate.file, "-key", certificate.keyFile,
        "-cipher", "DEFAULT@SECLEVEL=0", "-tls1_1",
      ])
    // Below a line about parameters.
    let line = try await server.line(1, within: .seconds(20))
    let port = try #require(line.split(separator: ":").last.flatMap { Int($0) }, "\(line)")
    let transport = try transport()
    await #expect(throws: RelayClientError.tls(.handshake)) {
      try await RelayConnection.connect(
        to: try transport.address(route: "127.0.0.1:\(port)"), expectedRelayKey: nil, timeLimit: .seconds(20),
        transport: transport)
    }
  }

  // MARK: Renewal

  /// The name in the certificate that new connections are shown.
  private func shownName(_ relay: RunningRelay) async throws -> String? {
    let output = try await openssl(relay, []).standardOutput
    return output.split(separator: "\n").first { $0.hasPrefix("subject=") }.map { String($0.dropFirst(8)) }
  }

  /// Waits until the relay's log says `text` for the time number `count`.
  private func logged(_ text: String, _ relay: RunningRelay, count: Int = 1) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while relay.process.standardError.components(separatedBy: text).count <= count {
      guard ContinuousClock.now < deadline else { throw ProcessFailure.unexpectedOutput(relay.process.standardError) }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  @Test func `SIGHUP gives new connections the new certificate and keeps those that stand`() async throws {
    let certificate = try await authority.issue("first")
    let relay = try await start(certificate)
    let old = try await connect(relay, try transport())
    #expect(try await shownName(relay)?.contains("first") == true)
    try certificate.replace(by: try await authority.issue("second"))
    #expect(try await shownName(relay)?.contains("first") == true)
    relay.process.send(signal: SIGHUP)
    try await logged("was read again", relay)
    #expect(try await shownName(relay)?.contains("second") == true)
    #expect(try await old.info().relayKey == old.hello.relayKey)
    _ = try await connect(relay, try transport()).info()
    #expect(try await relay.terminate() == .code(0))
  }

  @Test func `files that are no good are named, and the old certificate stays`() async throws {
    let certificate = try await authority.issue("first")
    let relay = try await start(certificate)
    let key = try Data(contentsOf: URL(fileURLWithPath: certificate.keyFile))
    let pem = try Data(contentsOf: URL(fileURLWithPath: certificate.file))
    let other = try await authority.issue("other")
    let broken: [(file: String, content: Data)] = [
      (certificate.file, Data("no certificate".utf8)), (certificate.file, Data()),
      (certificate.file, pem.prefix(pem.count / 2)), (certificate.keyFile, Data("no key".utf8)),
      (certificate.keyFile, try Data(contentsOf: URL(fileURLWithPath: other.keyFile))),
    ]
    for (number, (file, content)) in broken.enumerated() {
      try content.write(to: URL(fileURLWithPath: file))
      relay.process.send(signal: SIGHUP)
      try await logged("the old one stays", relay, count: number + 1)
      #expect(try await shownName(relay)?.contains("first") == true)
      try pem.write(to: URL(fileURLWithPath: certificate.file))
      try key.write(to: URL(fileURLWithPath: certificate.keyFile))
    }
    try FileManager.default.removeItem(atPath: certificate.keyFile)
    relay.process.send(signal: SIGHUP)
    try await logged("the old one stays", relay, count: broken.count + 1)
    _ = try await connect(relay, try transport()).info()
    // What is wrong is said, and no path: the log takes none.
    #expect(relay.process.standardError.contains("no private key in PEM can be read"))
    #expect(!relay.process.standardError.contains(certificate.keyFile))
  }

  // MARK: Starting

  @Test func `a relay whose certificate is no good does not start`() async throws {
    let (one, two) = (try await authority.issue("one"), try await authority.issue("two"))
    let folder = try TemporaryFolder()
    let listen = ["serve", "--listen", "127.0.0.1:0", "--data", folder.path(of: "data")]
    for (certificate, key) in [(one.file, two.keyFile), (one.keyFile, one.keyFile), ("/nowhere", one.keyFile)] {
      let relay = try await RunningProcess.run(
        "sotto-relay", listen + ["--tls-certificate", certificate, "--tls-key", key])
      #expect(relay.exit == .code(1))
      #expect(relay.standardError.contains(certificate))
      #expect(relay.standardOutput.isEmpty)
    }
    for arguments in [
      ["--tls-certificate", one.file], ["--tls-key", one.keyFile], one.arguments + ["--insecure-plaintext"],
    ] {
      #expect(try await RunningProcess.run("sotto-relay", listen + arguments).exit == .code(2))
    }
    #expect(!FileManager.default.fileExists(atPath: folder.path(of: "data")))
  }

  @Test func `off loopback there is no plain listener unless it is asked for, and then a warning`() async throws {
    let folder = try TemporaryFolder()
    let arguments = ["serve", "--listen", "0.0.0.0:0", "--data", folder.path(of: "data")]
    let refused = try await RunningProcess.run("sotto-relay", arguments)
    #expect(refused.exit == .code(2))
    #expect(refused.standardError.contains("--tls-certificate"))
    let relay = try RunningProcess("sotto-relay", arguments + ["--insecure-plaintext"])
    #expect(try await relay.line().hasPrefix("sotto-relay listening on ws://0.0.0.0:"))
    relay.terminate()
    #expect(try await relay.exit() == .code(0))
    #expect(relay.standardError.contains("without TLS"))
    let secured = try RunningProcess("sotto-relay", arguments + (try await authority.issue()).arguments)
    #expect(try await secured.line().hasPrefix("sotto-relay listening on wss://0.0.0.0:"))
    secured.terminate()
    #expect(try await secured.exit() == .code(0))
    #expect(secured.standardError.isEmpty)
  }
}
