import Foundation
import ProcessSupport

/// The measurements of ``RelayBench``, each with the targets that it decides.
struct RelayMeasurements {
  /// Slices in turn with SQLite; odd, so that there is a median.
  private static let rounds = 5
  /// The group that the relay commits, and a larger one to compare with.
  private static let batch = 64
  private static let page = 500
  /// What a commit of a full group, and of one put, writes into the log, about.
  private static let (groupPages, putPages) = (96, 5)

  let report: Report
  let time: Duration
  let folder: TemporaryFolder
  let relay: RunningRelay
  let mailboxes: LoadMailboxes

  func puts() throws -> [Target] {
    let load = PutLoad(mailboxes: mailboxes, relay: relay.process.processID)
    for inFlight in [1, 16] {
      report.add(
        Figure(
          name: "relay put", load: "\(inFlight) in flight", rate: try load.run(inFlight, on: inFlight, for: time)))
    }
    let floor = try SQLiteFloor(folder.path(of: "floor.sqlite"), mailboxes: mailboxes.count)
    let disk = try DiskFloor(folder.path(of: "disk"))
    var (puts, inserts, shared, syncs): ([Rate], [Rate], [Rate], [Rate]) = ([], [], [], [])
    let slice = time / Self.rounds
    for _ in 0..<Self.rounds {
      inserts.append(try floor.insert(batch: Self.batch, for: slice))
      puts.append(try load.run(64, on: 64, for: slice))
      shared.append(try load.run(64, on: 8, for: slice))
      syncs.append(try disk.sync(pages: Self.groupPages, for: slice))
    }
    let all = Rate(joining: puts)
    report.add(Figure(name: "relay put", load: "64 in flight", rate: all))
    report.add(Figure(name: "relay put", load: "64 on 8 connections", rate: Rate(joining: shared)))
    report.add(Figure(name: "SQLite insert", load: "batches of 64", rate: Rate(joining: inserts)))
    report.add(Figure(name: "disk, write and sync", load: "384 KiB, a group", rate: Rate(joining: syncs)))
    let large = try SQLiteFloor(folder.path(of: "large.sqlite"), mailboxes: mailboxes.count)
    report.add(
      Figure(name: "SQLite insert", load: "batches of 256", rate: try large.insert(batch: 256, for: time)))
    return [
      Target(
        name: "durable puts, 64 in flight, of SQLite's 64", value: Self.ratio(puts, inserts), limit: .atLeast(0.7)),
      Target(
        name: "durable puts, 64 on 8 connections, of SQLite's 64", value: Self.ratio(shared, inserts),
        limit: .atLeast(0.7)),
      Target(name: "their receipts, p99 ms", value: all.latency(0.99).inSeconds * 1e3, limit: .atMost(5)),
    ]
  }

  func drain() throws -> [Target] {
    let load = DrainLoad(
      mailboxes: mailboxes, relay: relay.process.processID, database: relay.dataFolder + "/relay.sqlite")
    let (collected, deleted) = try load.run()
    let floor = try SQLiteFloor(folder.path(of: "drain.sqlite"), mailboxes: mailboxes.count)
    try floor.insert(batch: 256, rows: collected.count)
    let bare = try floor.drain(page: Self.page)
    report.add(Figure(name: "relay drain", load: "to the owners", rate: collected))
    report.add(Figure(name: "relay drain", load: "until all is deleted", rate: deleted))
    report.add(Figure(name: "SQLite read and delete", load: "pages of \(Self.page)", rate: bare))
    return [
      Target(
        name: "drain to the owners, of SQLite's", value: collected.perSecond / bare.perSecond, limit: .atLeast(0.7)),
      Target(
        name: "drain until all is deleted, of SQLite's", value: deleted.perSecond / bare.perSecond,
        limit: .atLeast(0.7)),
    ]
  }

  func live() throws -> [Target] {
    try fillLog()
    let load = LiveLoad(mailboxes: mailboxes, relay: relay.process.processID)
    let echo = EchoFloor(path: folder.path(of: "echo"), pages: Self.putPages)
    func inTurns(_ rate: Double) throws -> (ours: Rate, floor: Rate) {
      var (ours, floor): ([Rate], [Rate]) = ([], [])
      floor.append(try echo.run(rate: rate, for: time / 2))
      ours.append(try load.run(on: 16, rate: rate, for: time))
      floor.append(try echo.run(rate: rate, for: time / 2))
      return (Rate(joining: ours), Rate(joining: floor))
    }
    let slow = try inTurns(500)
    report.add(Figure(name: "live delivery", load: "500 a second", rate: slow.ours))
    report.add(Figure(name: "echo, written and synced", load: "500 a second", rate: slow.floor))
    let most = try load.run(on: 64, rate: nil, for: time)
    report.add(Figure(name: "live delivery", load: "64 in flight", rate: most))
    let half = try inTurns(most.perSecond / 2)
    report.add(Figure(name: "live delivery", load: "half of that", rate: half.ours))
    report.add(Figure(name: "echo, written and synced", load: "half of that", rate: half.floor))
    report.add(Figure(name: "pauses of a processor", load: "over 1 ms", rate: PauseFloor.run(for: time)))
    func milliseconds(_ rate: Rate) -> Double { rate.latency(0.99).inSeconds * 1e3 }
    return [
      Target(name: "live delivery at 500/s, p99 ms", value: milliseconds(slow.ours), limit: .atMost(2)),
      Target(name: "live delivery at half of the maximum, p99 ms", value: milliseconds(half.ours), limit: .atMost(10)),
    ]
  }

  /// Puts until the relay's log has the length that it keeps, and takes everything out again: a relay that has been at
  /// work for a while, and not one whose every commit makes a file longer.
  private func fillLog() throws {
    let puts = PutLoad(mailboxes: mailboxes, relay: relay.process.processID)
    let log = relay.dataFolder + "/relay.sqlite-wal"
    var (before, rounds) = (-1, 0)
    while rounds < 20 {
      let size = (try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int) ?? 0
      if size == before, size > 0 { break }
      (before, rounds) = (size, rounds + 1)
      _ = try puts.run(64, on: 64, for: .milliseconds(500))
    }
    let drain = DrainLoad(
      mailboxes: mailboxes, relay: relay.process.processID, database: relay.dataFolder + "/relay.sqlite")
    _ = try drain.run()
  }

  /// Each count on a relay of its own, whose memory has not grown yet.
  func idle() async throws -> [Target] {
    var targets: [Target] = []
    for count in [1_000, 10_000] {
      let relay = try await RunningRelay.start()
      let kibibytes = try IdleLoad(port: relay.port, relay: relay.process.processID).plain(count) / 1_024
      report.add(kibibytes: kibibytes, name: "idle connection, plain TCP", load: "\(count) open")
      targets.append(Target(name: "idle connection of \(count), plain TCP, KiB", value: kibibytes, limit: .atMost(12)))
      try await relay.terminate()
    }
    let authority = try await TestAuthority()
    // Its folder goes with it, and the relay reads the files in there.
    defer { withExtendedLifetime(authority) {} }
    let certificate = try await authority.issue()
    for count in [1_000, 10_000] {
      let relay = try await RunningRelay.start(arguments: certificate.arguments)
      let bytes = try await IdleLoad(port: relay.port, relay: relay.process.processID).overTLS(count)
      report.add(kibibytes: bytes / 1_024, name: "idle connection, TLS", load: "\(count) open")
      try await relay.terminate()
    }
    return targets
  }

  /// The median of the neighbours' ratios.
  private static func ratio(_ ours: [Rate], _ floor: [Rate]) -> Double {
    zip(ours, floor).map { $0.perSecond / $1.perSecond }.sorted()[ours.count / 2]
  }
}
