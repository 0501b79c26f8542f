import Foundation
import Synchronization
import Testing
import Vault

@Suite struct `Erasing messages` {
  static let messageCount = 600
  /// Some of the first bucket, all of the second, none of the third.
  static let erased: [Int64] = [3, 4, 250] + Array(257...512)
  static var survivors: [Int64] { (1...Int64(messageCount)).filter { !erased.contains($0) } }

  static func fill(_ vault: Vault) throws {
    try vault.write { transaction in
      let conversation = try transaction.addConversation().conversation
      for number in 1...messageCount { try transaction.addMessage(number, in: conversation, "text \(number)") }
    }
  }

  /// All survivors read, and the erased do or do not.
  static func expect(_ vault: Vault, erased isErased: Bool) throws {
    try vault.read { transaction throws in
      for id in survivors { #expect(try transaction.messageContent(id: id) == [UInt8]("text \(id)".utf8)) }
      for id in erased {
        #expect(try transaction.messageContent(id: id) == (isErased ? nil : [UInt8]("text \(id)".utf8)))
        #expect(try transaction.message(id: id) != nil, "the row stays")
      }
    }
  }

  static func slots(_ home: VaultHome) throws -> (even: [UInt8], odd: [UInt8]) {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: home.erasureKey)))
    #expect(bytes.count == 8_192)
    return ([UInt8](bytes.prefix(4_096)), [UInt8](bytes.suffix(4_096)))
  }

  @Test func `the erased are gone and the others read, before and after opening again`() throws {
    let home = try VaultHome()
    do {
      let vault = try home.create()
      try Self.fill(vault)
      try Self.expect(vault, erased: false)
      try vault.eraseMessages(Self.erased)
      try Self.expect(vault, erased: true)
      try vault.check()
    }
    let vault = try home.open()
    try Self.expect(vault, erased: true)
    // New messages find their bucket, and a second erasure takes the other slot again.
    let id = try vault.write { try $0.addMessage(9_999, in: 1, "new") }
    try vault.eraseMessages([1])
    #expect(try vault.read { try $0.messageContent(id: id) } == [UInt8]("new".utf8))
    #expect(try vault.read { try $0.messageContent(id: 1) } == nil)
    #expect(try Self.slots(home).even.allSatisfy { $0 == 0 })
    #expect(try !Self.slots(home).odd.allSatisfy { $0 == 0 })
  }

  @Test func `not even the ciphertexts of keys and contents are left in any file`() throws {
    let home = try VaultHome()
    do { try Self.fill(try home.create()) }
    let list = Self.erased.map { "\($0)" }.joined(separator: ", ")
    var traces = try home.blobs("SELECT sealed_content FROM message WHERE id IN (\(list))")
    traces += try home.blobs("SELECT sealed_key FROM message WHERE id IN (\(list))")
    traces += try home.blobs("SELECT sealed_key FROM key_bucket")
    traces += try home.blobs("SELECT sealed_key FROM message WHERE bucket_id = 1")
    #expect(traces.count == 2 * Self.erased.count + 3 + 256)
    let oldRoot = try Self.slots(home).odd.prefix(81)

    let vault = try home.open()
    for trace in traces + [Data(oldRoot)] { #expect(try home.filesContaining(trace) != []) }
    try vault.eraseMessages(Self.erased)
    #expect(try home.files()["vault.sqlite-wal"]?.count == 0)
    let files = try home.files()
    for trace in traces + [Data(oldRoot)] {
      #expect(!files.contains { $0.value.range(of: trace) != nil })
    }
    withExtendedLifetime(vault) {}
  }

  /// Ends an erasure as soon as its transaction is durable: the log is not truncated, the old root not overwritten.
  private final class WithoutTruncation: CommitGate, Error, Sendable {
    private let isErasing = Mutex(false)
    func willCommit(_ number: Int) throws {}
    func didCommit(_ number: Int) throws { if isErasing.withLock({ $0 }) { throw self } }
    func erasureReached(_ step: ErasureStep) throws {
      isErasing.withLock { $0 = step == .rootStored }
    }
  }

  @Test func `with the truncation left out the ciphertexts are still in the log, and opening again removes them`()
    throws
  {
    let home = try VaultHome()
    var traces: [Data] = []
    do {
      let vault = try home.create(gate: WithoutTruncation())
      try Self.fill(vault)
      // Read beside the open vault, so that its log stays.
      let list = Self.erased.map { "\($0)" }.joined(separator: ", ")
      traces = try home.blobs("SELECT sealed_content FROM message WHERE id IN (\(list))")
      #expect(throws: WithoutTruncation.self) { try vault.eraseMessages(Self.erased) }
      let log = try #require(try home.files()["vault.sqlite-wal"])
      #expect(traces.contains { log.range(of: $0) != nil })
    }
    let vault = try home.open()
    let files = try home.files()
    for trace in traces { #expect(files.allSatisfy { $0.value.range(of: trace) == nil }) }
    try Self.expect(vault, erased: true)
  }

  @Test func `an old copy of the database does not help beside the new erasure key`() throws {
    let home = try VaultHome()
    do { try Self.fill(try home.create()) }
    let old = try home.copy()
    do {
      let vault = try home.open()
      try vault.eraseMessages(Self.erased)
    }
    // Control: the old copy reads with its own erasure.key (which is why that file must be beyond reach).
    do { try Self.expect(try old.copy().open(), erased: false) }

    try FileManager.default.removeItem(atPath: old.erasureKey)
    try FileManager.default.copyItem(atPath: home.erasureKey, toPath: old.erasureKey)
    #expect(throws: VaultError.corrupt(.erasureKey)) { try old.open() }

    // Even when somebody writes the generation that the new file has.
    try old.tamper("UPDATE vault_state SET erasure_generation = 2")
    let vault = try old.open()
    for id in [Self.erased[0], 257, 512] {
      #expect(
        throws: VaultError.corrupt(.sealedValue(table: "key_bucket", column: "sealed_key", rowID: (id - 1) / 256 + 1))
      ) { try vault.read { try $0.messageContent(id: id) } }
    }
  }

  @Test func `old rows written back beside the new root do not open`() throws {
    let home = try VaultHome()
    do { try Self.fill(try home.create()) }
    let old = try home.copy()
    do { try home.open().eraseMessages(Self.erased) }
    try home.tamper(
      """
      ATTACH '\(old.database)' AS old;
      INSERT OR REPLACE INTO key_bucket SELECT * FROM old.key_bucket;
      INSERT OR REPLACE INTO message SELECT * FROM old.message;
      """)
    let vault = try home.open()
    #expect(throws: VaultError.corrupt(.sealedValue(table: "key_bucket", column: "sealed_key", rowID: 1))) {
      try vault.read { try $0.messageContent(id: 3) }
    }
  }

  @Test func `old messages beside the renewed buckets do not open`() throws {
    let home = try VaultHome()
    do { try Self.fill(try home.create()) }
    let old = try home.copy()
    do { try home.open().eraseMessages(Self.erased) }
    // The present root opens the present bucket keys: only that these are new keys protects here.
    try home.tamper(
      "ATTACH '\(old.database)' AS old; INSERT OR REPLACE INTO message SELECT * FROM old.message")
    let vault = try home.open()
    #expect(throws: VaultError.corrupt(.sealedValue(table: "message", column: "sealed_key", rowID: 3))) {
      try vault.read { try $0.messageContent(id: 3) }
    }
    #expect(throws: VaultError.corrupt(.sealedValue(table: "key_bucket", column: "sealed_key", rowID: 2))) {
      try vault.read { try $0.messageContent(id: 257) }
    }
    // Control: the third bucket had nothing to erase, its keys are the same.
    #expect(try vault.read { try $0.messageContent(id: 600) } == [UInt8]("text 600".utf8))
  }

  @Test func `what runs alongside is in the same transaction`() throws {
    struct Refused: Error {}
    let home = try VaultHome()
    let vault = try home.create()
    try Self.fill(vault)
    #expect(throws: Refused.self) {
      try vault.eraseMessages(Self.erased) { transaction in
        try transaction.appendEvent(EventRecord(type: 1, messageID: 3, at: 1))
        throw Refused()
      }
    }
    try Self.expect(vault, erased: false)
    #expect(try vault.read { try $0.events(after: 0, limit: 10) }.isEmpty)
    try vault.eraseMessages(Self.erased) { transaction in
      try transaction.appendEvent(EventRecord(type: 1, messageID: 3, at: 1))
      try transaction.addMessage(10_000, in: 1, "alongside")
    }
    try Self.expect(vault, erased: true)
    #expect(try vault.read { try $0.messageContent(id: 601) } == [UInt8]("alongside".utf8))
    #expect(try vault.read { try $0.events(after: 0, limit: 10) }.count == 1)
  }

  @Test func `unknown and erased messages are passed over`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try Self.fill(vault)
    try vault.eraseMessages([3, 3, 77_777])
    try vault.eraseMessages([3])
    #expect(try vault.read { try $0.messageContent(id: 3) } == nil)
    #expect(try vault.read { try $0.messageContent(id: 4) } == [UInt8]("text 4".utf8))
    #expect(throws: VaultError.notStored) { try vault.read { try $0.messageContent(id: 77_777) } }
  }
}
