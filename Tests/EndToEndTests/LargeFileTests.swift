import Foundation
import ProcessSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct `A large file` {
  /// What a process may take of its own, beyond what it takes for a text, whatever the file's size.
  private static let boundKiB = 40 * 1_024

  /// `SOTTO_BIG_FILE_MB=200 make show-big-file` runs the real size.
  private static let megabytes =
    ProcessInfo.processInfo.environment["SOTTO_BIG_FILE_MB"].flatMap { Int($0) } ?? 24

  /// Two people at a relay behind a proxy, each of whom has heard of the other.
  private func pair(_ relay: RunningRelay, _ proxy: CuttingProxy) async throws -> (Person, Person) {
    let url = "ws://127.0.0.1:\(proxy.port)"
    let (alice, bob) = (try Person("Alice"), try Person("Bob"))
    for person in [alice, bob] { try await person.succeed(["init", "--relay", url, "--name", person.name]) }
    try await alice.meet(bob)
    try await bob.succeed(["send", "Alice", "hello"])
    try await alice.succeed(["receive"])
    return (alice, bob)
  }

  /// Bytes that no compression and no padding makes the same, made piece by piece.
  private func makeFile(_ path: String, byteCount: Int) throws {
    try Data().write(to: URL(fileURLWithPath: path))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    for start in stride(from: 0, to: byteCount, by: 1 << 20) {
      let block = Picture.bytes(min(4_096, byteCount - start), seed: UInt64(start / (1 << 20) + 1))
      var piece = Data(block)
      while piece.count < min(1 << 20, byteCount - start) { piece.append(piece) }
      try file.write(contentsOf: piece.prefix(min(1 << 20, byteCount - start)))
    }
    try file.close()
  }

  /// What a command came to, and the most that it and the relay took meanwhile of anonymous memory, in KiB.
  private struct Measured {
    var exit = ProcessSupport.ExitStatus.code(0)
    var standardError = ""
    var peak = 0
    var relayPeak = 0
  }

  private func measured(_ person: Person, _ arguments: [String], _ relay: RunningRelay) async throws -> Measured {
    let process = try person.start(arguments)
    var measured = Measured()
    while let memory = try? process.memory() {
      measured.peak = max(measured.peak, memory.anonymous)
      measured.relayPeak = max(measured.relayPeak, try relay.process.memory().anonymous)
      try await ContinuousClock().sleep(for: .milliseconds(5))
    }
    measured.exit = try await process.exit()
    measured.standardError = process.standardError
    return measured
  }

  @Test func `arrives byte for byte through a connection that is cut ten times`() async throws {
    let relay = try await RunningRelay.start()
    let proxy = try CuttingProxy(destination: relay.port)
    let (alice, bob) = try await pair(relay, proxy)
    let byteCount = Self.megabytes * 1_000_000
    let path = alice.folder.path(of: "film.mp4")
    try makeFile(path, byteCount: byteCount)
    let text = try await measured(alice, ["send", "Bob", "a text"], relay)
    #expect(text.exit == .code(0))

    proxy.cut(every: byteCount / 6, times: 5)
    let sent = try await measured(alice, ["send", "Bob", "Look at this", "--file", path], relay)
    #expect(sent.exit == .code(0), "\(sent.standardError)")
    #expect(proxy.cuts == 5)
    proxy.cut(every: .max, times: 0)
    try await bob.succeed(["receive"])
    let message = try #require(try await bob.messages(with: "Alice").last)
    #expect(message.text == "Look at this")

    proxy.cut(every: byteCount / 6, times: 5)
    let folder = bob.folder.path(of: "saved")
    let saved = try await measured(bob, ["attachment", "save", message.id, "--to", folder], relay)
    #expect(saved.exit == .code(0), "\(saved.standardError)")
    #expect(proxy.cuts == 5)
    let same = try await RunningProcess.run("/usr/bin/cmp", [path, folder + "/film.mp4"])
    #expect(same.exit == .code(0))

    let growths = [
      sent.peak - text.peak, saved.peak - text.peak, sent.relayPeak - text.relayPeak, saved.relayPeak - text.relayPeak,
    ]
    print("KiB over a text: sender \(growths[0]), recipient \(growths[1]), relay up \(growths[2]), down \(growths[3])")
    for growth in growths { #expect(growth < Self.boundKiB) }
    for person in [alice, bob] {
      let left = try FileManager.default.contentsOfDirectory(atPath: person.home + "/files")
      #expect(left.isEmpty, "nothing is kept of a file that was sent or saved")
    }
  }

  @Test func `goes on where it was when sender, relay and recipient are killed`() async throws {
    var relay = try await RunningRelay.start()
    let proxy = try CuttingProxy(destination: relay.port)
    let (alice, bob) = try await pair(relay, proxy)
    let path = alice.folder.path(of: "film.mp4")
    try makeFile(path, byteCount: 12_000_000)

    let sending = try alice.start(["send", "Bob", "--file", path])
    try await part(of: relay, at: 1)
    sending.kill()
    _ = try await sending.exit()
    // What the file is now does not matter any more.
    let original = alice.folder.path(of: "original.mp4")
    try FileManager.default.moveItem(atPath: path, toPath: original)
    try await relay.kill()
    relay = try await relay.restarted()
    try await alice.succeed(["receive"])
    #expect(try await alice.messages(with: "Bob").last?.state != "queued")

    try await bob.succeed(["receive"])
    let message = try #require(try await bob.messages(with: "Alice").last)
    let folder = bob.folder.path(of: "saved")
    let fetching = try bob.start(["attachment", "save", message.id, "--to", folder])
    try await eventually { try FileManager.default.contentsOfDirectory(atPath: bob.home).contains("files") }
    fetching.kill()
    _ = try await fetching.exit()
    try await bob.succeed(["attachment", "save", message.id, "--to", folder])
    let same = try await RunningProcess.run("/usr/bin/cmp", [original, folder + "/film.mp4"])
    #expect(same.exit == .code(0))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).contains("film.mp4"))
  }

  /// Waits until an upload of so many bytes is at the relay.
  private func part(of relay: RunningRelay, at byteCount: Int) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < deadline {
      for name in try FileManager.default.subpathsOfDirectory(atPath: relay.dataFolder + "/blobs") {
        guard name.count > 2 else { continue }
        // It may have got its last name in between.
        let attributes = try? FileManager.default.attributesOfItem(atPath: relay.dataFolder + "/blobs/" + name)
        if let size = attributes?[.size] as? Int, size > byteCount + 32 { return }
      }
    }
    throw Unexpected("no upload has begun")
  }

  @Test func `is fetched by who follows, as it comes, up to the size that was said`() async throws {
    let relay = try await RunningRelay.start()
    let proxy = try CuttingProxy(destination: relay.port)
    let (alice, bob) = try await pair(relay, proxy)
    let (large, small) = (alice.folder.path(of: "large.ogg"), alice.folder.path(of: "small.ogg"))
    try makeFile(large, byteCount: 1_100_000)
    try makeFile(small, byteCount: 300_000)
    let folder = bob.folder.path(of: "saved")
    let following = try bob.start(["receive", "--follow", "--save", folder, "--save-up-to", "1"])
    for path in [large, small] { try await alice.succeed(["send", "Bob", "--file", path]) }
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline, !FileManager.default.fileExists(atPath: folder + "/small.ogg") {
      try await ContinuousClock().sleep(for: .milliseconds(20))
    }
    following.kill()
    _ = try await following.exit()
    let same = try await RunningProcess.run("/usr/bin/cmp", [small, folder + "/small.ogg"])
    #expect(same.exit == .code(0))
    #expect(!FileManager.default.fileExists(atPath: folder + "/large.ogg"))
    let message = try #require(try await bob.messages(with: "Alice").suffix(2).first)
    try await bob.succeed(["attachment", "save", message.id, "--to", folder])
  }

  @Test func `is fetched unasked up to 20 MiB, and only with a folder for it`() async throws {
    let relay = try await RunningRelay.start()
    let proxy = try CuttingProxy(destination: relay.port)
    let (alice, bob) = try await pair(relay, proxy)
    let path = alice.folder.path(of: "song.ogg")
    try makeFile(path, byteCount: 300_000)
    try await alice.succeed(["send", "Bob", "--file", path])
    let folder = bob.folder.path(of: "saved")
    let shown = try await bob.succeed(["receive", "--save", folder])
    #expect(shown.contains("song.ogg, audio/ogg, 300000 bytes"))
    let same = try await RunningProcess.run("/usr/bin/cmp", [path, folder + "/song.ogg"])
    #expect(same.exit == .code(0))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["song.ogg"])
  }

  @Test func `leaves the relay when its message is deleted for everyone`() async throws {
    let relay = try await RunningRelay.start()
    let proxy = try CuttingProxy(destination: relay.port)
    let (alice, bob) = try await pair(relay, proxy)
    let path = alice.folder.path(of: "song.ogg")
    try makeFile(path, byteCount: 300_000)
    try await alice.succeed(["send", "Bob", "--file", path])
    let message = try #require(try await alice.messages(with: "Bob").last)
    func blobs() throws -> Int {
      try FileManager.default.subpathsOfDirectory(atPath: relay.dataFolder + "/blobs").count { $0.count > 2 }
    }
    #expect(try blobs() == 1)
    try await alice.succeed(["delete", message.id, "--everyone"])
    #expect(try blobs() == 0)
    try await bob.succeed(["receive"])
  }

  @Test func `that is gone from the relay is told as such`() async throws {
    let relay = try await RunningRelay.start()
    let proxy = try CuttingProxy(destination: relay.port)
    let (alice, bob) = try await pair(relay, proxy)
    let path = alice.folder.path(of: "song.ogg")
    try makeFile(path, byteCount: 300_000)
    try await alice.succeed(["send", "Bob", "--file", path])
    try await bob.succeed(["receive"])
    let message = try #require(try await bob.messages(with: "Alice").last)
    for name in try FileManager.default.subpathsOfDirectory(atPath: relay.dataFolder + "/blobs") where name.count > 2 {
      try FileManager.default.removeItem(atPath: relay.dataFolder + "/blobs/" + name)
    }
    let folder = bob.folder.path(of: "saved")
    let refused = try await bob.run(["attachment", "save", message.id, "--to", folder])
    #expect(refused.exit == .code(7))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
  }
}
