import Ambient
import Foundation
import ProcessSupport
import RelayBlobs
import RelayProofs
import RelayWire
import TestSupport
import Testing

@Suite struct `A blob at a relay` {
  private let home: BlobHome

  init() throws { home = try BlobHome() }

  @Test(arguments: [(Retention.day, 1), (.week, 7), (.month, 30)])
  func `is answered until its time is over, then as if it had never been`(retention: Retention, days: Int) throws {
    let store = try home.open()
    let (upload, id) = try store.fill(retention: retention)
    home.advance(by: .seconds(86_400 * days - 1))
    #expect(try store.contents(id).count == Int(BlobHome.smallest))
    home.advance(by: .seconds(1))
    #expect(throws: BlobStoreError.unknown) { try store.read(id) }
    #expect(throws: BlobStoreError.unknown) { try store.state(of: upload) }
    #expect(throws: BlobStoreError.unknown) { try store.delete(upload) }
  }

  @Test func `is removed from the disk after its time, and an unfinished one after a day`() throws {
    let store = try home.open()
    let (_, kept) = try store.fill(retention: .month)
    _ = try store.fill(retention: .day)
    let unfinished = try store.begin(retention: .month)
    home.advance(by: .seconds(86_399))
    try store.removeAllExpired()
    #expect(try store.state(of: unfinished).offset == 0)
    #expect(try BlobMaintenance.statistics(path: home.path).finished == 2)
    home.advance(by: .seconds(1))
    try store.removeAllExpired()
    let left = try BlobMaintenance.statistics(path: home.path)
    #expect(left.finished == 1)
    #expect(left.unfinished == 0)
    #expect(try store.contents(kept).count == Int(BlobHome.smallest))
  }

  @Test func `is not removed by a clock that the relay does not believe`() throws {
    let store = try home.open()
    let (_, id) = try store.fill(retention: .day)
    home.clock.advance(by: .seconds(400 * 86_400))
    try store.removeAllExpired()
    #expect(try store.contents(id).count == Int(BlobHome.smallest))
  }

  @Test func `is found by a sweep within 15 of them`() throws {
    let store = try home.open()
    for _ in 0..<20 { _ = try store.fill(retention: .day) }
    home.advance(by: .seconds(86_400))
    for _ in 0..<15 { try store.removeExpired() }
    #expect(try BlobMaintenance.statistics(path: home.path).finished == 0)
  }

  @Test func `needs room in the whole, counted again at every start`() throws {
    let quota = BlobQuota(totalByteCount: BlobHome.smallest * 40)
    let store = try home.open(quota)
    // A mailbox gets an eighth in a day and an entry a sixteenth: five and two of these.
    for mailbox in 1...20 as ClosedRange<UInt8> {
      for _ in 0..<2 {
        let upload = BlobHome.upload()
        _ = try store.grant(
          try BlobHome.command(mailbox: mailbox, upload: upload), entry: try BlobHome.entry(mailbox))
        _ = try store.create(upload, fileByteCount: BlobHome.smallest)
      }
    }
    #expect(throws: BlobStoreError.overQuota) {
      try store.grant(try BlobHome.command(mailbox: 99), entry: try BlobHome.entry(99))
    }
    let later = try home.open(quota)
    #expect(throws: BlobStoreError.overQuota) {
      try later.grant(try BlobHome.command(mailbox: 99), entry: try BlobHome.entry(99))
    }
    home.advance(by: .seconds(86_400))
    try later.removeAllExpired()
    _ = try later.grant(try BlobHome.command(mailbox: 99), entry: try BlobHome.entry(99))
  }

  @Test func `takes from its entry's and its mailbox's share of the day`() throws {
    let store = try home.open(BlobQuota(totalByteCount: BlobHome.smallest * 40))
    func grant(_ entry: UInt8) throws {
      _ = try store.grant(try BlobHome.command(upload: BlobHome.upload()), entry: try BlobHome.entry(entry))
    }
    try grant(1)
    try grant(1)
    #expect(throws: BlobStoreError.overQuota) { try grant(1) }
    try grant(2)
    try grant(2)
    try grant(3)
    #expect(throws: BlobStoreError.overQuota) { try grant(3) }
    home.advance(by: .seconds(86_400))
    try grant(1)
  }

  @Test func `is kept no longer than the operator wants, and its sender is told`() throws {
    let store = try home.open(BlobQuota(retention: .week))
    for (asked, kept) in [(Retention.day, Retention.day), (.week, .week), (.month, .week)] {
      let upload = BlobHome.upload()
      let grant = try store.grant(
        try BlobHome.command(retention: asked, upload: upload), entry: try BlobHome.entry())
      #expect(grant.retention == kept)
      _ = try store.create(upload, fileByteCount: BlobHome.smallest)
      let whole = try store.send(BlobHome.bytes(BlobHome.smallest), to: upload, at: 0)
      #expect(whole.expiresAt == UInt64(home.clock.now().seconds) + kept.seconds)
    }
  }

  @Test func `takes what a mailbox may have in a day, whatever the whole has room for`() throws {
    let store = try home.open(
      BlobQuota(totalByteCount: BlobHome.smallest * 1_000, mailboxByteCount: BlobHome.smallest * 3))
    func grant(_ mailbox: UInt8, _ entry: UInt8) throws {
      _ = try store.grant(
        try BlobHome.command(mailbox: mailbox, upload: BlobHome.upload()), entry: try BlobHome.entry(entry))
    }
    for entry in 1...3 as ClosedRange<UInt8> { try grant(1, entry) }
    #expect(throws: BlobStoreError.overQuota) { try grant(1, 4) }
    try grant(2, 5)
  }

  @Test func `above the largest size is refused`() throws {
    let store = try home.open(BlobQuota(maximumFileByteCount: BlobHome.smallest))
    #expect(throws: BlobStoreError.tooLarge) {
      try store.grant(try BlobHome.command(BlobHome.several), entry: try BlobHome.entry())
    }
  }

  @Test func `that lost bytes on the disk is found by a check, and removed`() throws {
    let store = try home.open()
    let (_, id) = try store.fill()
    #expect(try BlobMaintenance.check(path: home.path).isEmpty)
    let name = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: home.path).first { $0.count > 2 })
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: home.path + "/" + name))
    try file.truncate(atOffset: 1_000)
    try file.close()
    #expect(try BlobMaintenance.check(path: home.path).count == 1)
    #expect(throws: BlobStoreError.unavailable) {
      _ = try home.open().read(id)
    }
    try store.removeAllExpired()
    #expect(try BlobMaintenance.check(path: home.path).isEmpty)
    #expect(throws: BlobStoreError.unknown) { try store.read(id) }
  }

  @Test func `is in a backup when it is finished, and nothing is overwritten`() throws {
    let store = try home.open()
    let (_, id) = try store.fill(BlobHome.several)
    _ = try store.begin()
    let copy = home.folder.path(of: "copy")
    #expect(try BlobMaintenance.backUp(path: home.path, to: copy))
    #expect(try !BlobMaintenance.backUp(path: home.path, to: copy))
    let restored = try BlobStore(
      path: copy, clock: home.clock, expiryClock: home.expiryClock)
    #expect(try restored.contents(id) == BlobHome.bytes(BlobHome.several))
    #expect(try BlobMaintenance.statistics(path: copy).unfinished == 0)
  }
}
