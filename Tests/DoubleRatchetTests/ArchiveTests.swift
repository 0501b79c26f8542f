import ByteLayout
import DoubleRatchet
import SecretMemory
import Testing

@Suite("Archive") struct ArchiveTests {
  /// A state of each phase; the last one with kept keys.
  private func archives() throws -> [[UInt8]] {
    let (alice, bob) = try Party.pair()
    var result = [try bob.archiveBytes(), try alice.archiveBytes()]
    _ = try alice.sendMany(3)
    try bob.receive(try alice.send())
    result.append(try bob.archiveBytes())
    return result
  }

  private func read(_ archive: [UInt8]) throws -> [UInt8] {
    try RatchetState(archive: try SecretBytes(copying: archive)).archive().testBytes
  }

  @Test func `a state of every phase is read back as it was written`() throws {
    for archive in try archives() { #expect(try read(archive) == archive) }
  }

  @Test func `the phases have their sizes and tags`() throws {
    let common = 6 + Party.associatedData.count + 96
    let archives = try archives()
    #expect(archives.map(\.count) == [common, common + 68, common + 68 + 42 + 3 * 76])
    #expect(archives.map { [UInt8]($0.prefix(2)) } == [[1, 0], [1, 1], [1, 2]])
  }

  @Test func `a conversation goes on from stored states`() throws {
    let (alice, bob) = try Party.pair()
    for round in 0..<6 {
      let late = try alice.send("late \(round)")
      let message = try alice.send("on time \(round)")
      try alice.reload()
      try bob.reload()
      #expect(try bob.text(of: message) == "on time \(round)")
      try bob.reload()
      #expect(try bob.text(of: late) == "late \(round)")
      try bob.reload()
      #expect(try alice.text(of: try bob.send("answer")) == "answer")
    }
  }

  @Test func `every truncation is refused`() throws {
    for archive in try archives() {
      for count in 0..<archive.count {
        #expect(throws: RatchetError.malformedArchive) { try read([UInt8](archive.prefix(count))) }
      }
    }
  }

  @Test func `bytes left over are refused`() throws {
    for archive in try archives() {
      #expect(throws: RatchetError.malformedArchive) { try read(archive + [0]) }
      #expect(throws: RatchetError.malformedArchive) { try read(archive + [UInt8](repeating: 0, count: 76)) }
    }
  }

  @Test func `unknown versions and phases are refused`() throws {
    for archive in try archives() {
      for version in [0, 2, 255] as [UInt8] {
        #expect(throws: RatchetError.malformedArchive) { try read([version] + archive.dropFirst()) }
      }
      for phase in UInt8.min...255 where phase != archive[1] {
        #expect(throws: RatchetError.malformedArchive) { try read([archive[0], phase] + archive.dropFirst(2)) }
      }
    }
  }

  @Test func `a length of associated data beyond the archive is refused`() throws {
    for archive in try archives() {
      var longer = archive
      longer.replaceSubrange(2..<6, with: [0xff, 0xff, 0xff, 0xff])
      #expect(throws: RatchetError.malformedArchive) { try read(longer) }
    }
  }

  @Test func `keys that are not canonical are refused`() throws {
    let archive = try archives()[2]
    let start = 6 + Party.associatedData.count
    let entry = start + 96 + 68 + 42
    for offset in [start + 64, start + 96, entry] {
      var changed = archive
      changed[offset + 31] |= 0x80
      #expect(throws: RatchetError.malformedArchive) { try read(changed) }
    }
  }

  @Test func `two kept keys for one message are refused`() throws {
    var archive = try archives()[2]
    let first = archive.count - 3 * 76
    archive.replaceSubrange(first + 76..<first + 76 + 36, with: archive[first..<first + 36])
    #expect(throws: RatchetError.malformedArchive) { try read(archive) }
  }

  @Test func `more kept keys than the limit are refused`() throws {
    let (alice, bob) = try Party.pair()
    let messages = try alice.sendMany(2_002)
    try bob.receive(messages[1_000])
    try bob.receive(messages[2_001])
    var archive = try bob.archiveBytes()
    #expect(try read(archive) == archive)
    let count = archive.count - 2_000 * 76 - 2
    #expect([UInt8](archive[count..<count + 2]) == [0x07, 0xd0])
    var entry = [UInt8](archive.suffix(76))
    entry[35] ^= 0x80
    archive.replaceSubrange(count..<count + 2, with: [0x07, 0xd1])
    #expect(throws: RatchetError.malformedArchive) { try read(archive + entry) }
  }

  @Test func `full states are loaded one after the other without exhausting secret memory`() throws {
    let (alice, bob) = try Party.pair()
    let messages = try alice.sendMany(2_003)
    try bob.receive(messages[1_000])
    try bob.receive(messages[2_001])
    let archive = try bob.archiveBytes()
    for _ in 0..<100 {
      try bob.load(archive)
      #expect(bob.skippedKeyCount == 2_000)
      try bob.receive(messages[2_002])
      try bob.receive(messages[7])
    }
  }
}
