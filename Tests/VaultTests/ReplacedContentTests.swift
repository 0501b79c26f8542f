import Foundation
import Testing
import Vault

@Suite struct `Replacing contents` {
  @Test func `the new content is read, fields stay, and an erasure leaves no trace of the old key`() throws {
    let home = try VaultHome()
    do { try `Erasing messages`.fill(try home.create()) }
    let traces =
      try home.blobs("SELECT sealed_content FROM message WHERE id = 5")
      + home.blobs("SELECT sealed_key FROM message WHERE id <= 256")
    let old = try home.copy()
    do {
      let vault = try home.open()
      let stamp = OperationStamp(revision: 1, operationID: hash(1))
      try vault.write { transaction throws in
        try transaction.mergeOperationField(7, OperationField(stamp: stamp, value: [7]), messageID: 5)
        try transaction.replaceContent([UInt8]("other".utf8), messageID: 5)
        #expect(try transaction.operationField(7, messageID: 5)?.value == [7])
        #expect(try transaction.hasReplacedKeys())
      }
      #expect(try home.files().contains { $0.value.range(of: traces[0]) != nil }, "until the erasure it is in the log")
      try vault.eraseMessages([])
      try vault.read { transaction throws in
        #expect(try !transaction.hasReplacedKeys())
        #expect(try transaction.messageContent(id: 5) == [UInt8]("other".utf8))
        #expect(try transaction.messageContent(id: 6) == [UInt8]("text 6".utf8))
        #expect(try transaction.operationField(7, messageID: 5)?.stamp == stamp)
      }
      try vault.check()
      let files = try home.files()
      for trace in traces { #expect(files.allSatisfy { $0.value.range(of: trace) == nil }) }
    }
    try Data(contentsOf: URL(fileURLWithPath: home.erasureKey)).write(to: URL(fileURLWithPath: old.erasureKey))
    #expect(throws: VaultError.self) {
      _ = try old.open().read { try $0.messageContent(id: 5) }
    }
  }

  @Test func `a message that is gone, or never was, is not replaced, and a dropped transaction drops it`() throws {
    let home = try VaultHome()
    let vault = try home.create()
    try `Erasing messages`.fill(vault)
    try vault.eraseMessages([5])
    #expect(throws: VaultError.notStored) { try vault.write { try $0.replaceContent([1], messageID: 5) } }
    #expect(throws: VaultError.notStored) { try vault.write { try $0.replaceContent([1], messageID: 9_999) } }
    struct Dropped: Error {}
    #expect(throws: Dropped.self) {
      try vault.write { transaction throws in
        try transaction.replaceContent([1], messageID: 6)
        throw Dropped()
      }
    }
    try vault.read { transaction throws in
      #expect(try transaction.messageContent(id: 6) == [UInt8]("text 6".utf8))
      #expect(try !transaction.hasReplacedKeys())
    }
  }
}
