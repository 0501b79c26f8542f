import Foundation
import ProcessSupport
import Testing

@Suite(.timeLimit(.minutes(20))) struct `A large file` {
  /// What a process may take beyond what it takes for a text, whatever the file's size.
  private static let boundKiB = 64 * 1_024

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

  /// Runs a command to its end, and tells the most that it took.
  private func measured(
    _ person: Person, _ arguments: [String]
  ) async throws -> (exit: ProcessSupport.ExitStatus, standardError: String, peak: Int) {
    let process = try person.start(arguments)
    var peak = 0
    while let memory = try? process.memory() {
      peak = max(peak, memory.peak)
      try await ContinuousClock().sleep(for: .milliseconds(20))
    }
    return (try await process.exit(), process.standardError, peak)
  }

  @Test func `arrives byte for byte through a connection that is cut ten times`() async throws {
    let relay = try await RunningRelay.start()
    let proxy = try CuttingProxy(destination: relay.port)
    let (alice, bob) = try await pair(relay, proxy)
    let byteCount = Self.megabytes * 1_000_000
    let path = alice.folder.path(of: "film.mp4")
    try makeFile(path, byteCount: byteCount)
    let text = try await measured(alice, ["send", "Bob", "a text"])
    #expect(text.exit == .code(0))
    let before = try relay.process.memory()

    proxy.cut(every: byteCount / 6, times: 5)
    let sent = try await measured(alice, ["send", "Bob", "Look at this", "--file", path])
    #expect(sent.exit == .code(0), "\(sent.standardError)")
    #expect(proxy.cuts == 5)
    proxy.cut(every: .max, times: 0)
    try await bob.succeed(["receive"])
    let message = try #require(try await bob.messages(with: "Alice").last)
    #expect(message.text == "Look at this")

    proxy.cut(every: byteCount / 6, times: 5)
    let folder = bob.folder.path(of: "saved")
    let saved = try await measured(bob, ["attachment", "save", message.id, "--to", folder])
    #expect(saved.exit == .code(0), "\(saved.standardError)")
    #expect(proxy.cuts == 5)
    let same = try await RunningProcess.run("/usr/bin/cmp", [path, folder + "/film.mp4"])
    #expect(same.exit == .code(0))

    let relayPeak = try relay.process.memory().peak - before.resident
    print(
      "peaks over a text, KiB: sender \(sent.peak - text.peak), recipient \(saved.peak - text.peak), relay \(relayPeak)"
    )
    for growth in [sent.peak - text.peak, saved.peak - text.peak, relayPeak] { #expect(growth < Self.boundKiB) }
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
    while try FileManager.default.contentsOfDirectory(atPath: bob.home).contains("files") == false {}
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

  @Test func `is fetched unasked up to 16 MiB, and only with a folder for it`() async throws {
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
