import Foundation
import Messaging
import TestSupport
import Testing
import Vault

/// What is left of thousands of words after they expired, were opened once, and were deleted: nothing.
///
/// A vault is sealed, so that searching its files for words finds nothing even before. So an attacker who has the
/// protection's key is played: the files as they lie on the disk, copied and opened with it, show every word until it is
/// destroyed and none afterwards. That no ciphertext is left in any file either is the vault's own test.
@Suite struct ErasureForensicTests {
  private static let prefix = "zqvkxjw"
  private static let lasting = "zqvstay"

  /// Copies the whole vault as it lies on the disk now and reads everything in it that still opens.
  private func words(onDiskOf party: Party) throws -> String {
    let copy = NSTemporaryDirectory() + "sotto-forensic-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: copy) }
    try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
    for item in ["home", "key"] {
      try FileManager.default.copyItem(atPath: "\(party.folder)/\(item)", toPath: "\(copy)/\(item)")
    }
    let vault = try Vault.open(
      directory: copy + "/home", protection: .keyFile(path: copy + "/key"), randomness: SeededRandomness(copy))
    var found: [UInt8] = []
    try vault.read { transaction in
      for conversation in try transaction.conversations() {
        for message in try transaction.messages(conversationID: conversation.id, limit: .max, ascending: true) {
          found += try transaction.messageContent(id: message.id) ?? []
        }
        found += conversation.body
      }
      for event in try transaction.events(after: 0, limit: .max) { found += event.body ?? [] }
      for row in try transaction.outbox(after: 0, limit: .max) { found += row.body }
      for contact in try transaction.contacts() { found += contact.body }
    }
    return String(decoding: found, as: UTF8.self)
  }

  @Test func `after expiry, opening and deleting no word, file name or ciphertext is left in any file`() throws {
    let pair = try Pair()
    let words = Words(prefix: Self.prefix)
    let staying = Words(prefix: Self.lasting)
    var deleted: [Int64] = []
    for number in 0..<45 {
      let file = AttachedFile(
        name: "\(words.next()).txt", mime: "text/plain", bytes: [UInt8](words.text(30).utf8))
      switch number % 3 {
      case 0:
        try pair.alice.say(
          words.text(20), to: "bob",
          options: SendOptions(limits: MessageLimits(readSeconds: 0, maximumAgeSeconds: 3_600)), file: file)
      case 1: try pair.alice.say(words.text(20), to: "bob", options: SendOptions(isViewOnce: true), file: file)
      default: deleted.append(try pair.alice.say(words.text(20), to: "bob", options: SendOptions(), file: file))
      }
      try pair.alice.say(staying.text(3), to: "bob")
    }
    #expect(words.count > 2_000)
    try pair.settle()
    for party in [pair.alice, pair.bob] {
      #expect(try self.words(onDiskOf: party).contains(Self.prefix), "the search finds them while they are there")
    }

    for message in try pair.bob.shown(with: "Alice") {
      guard case .viewOnce = message.body else { continue }
      _ = try pair.bob.core.openViewOnce(message.id)
    }
    try pair.alice.core.deleteForEveryone(deleted)
    try pair.settle()
    pair.clock.advance(by: .seconds(3_600))
    for party in [pair.alice, pair.bob] {
      try party.core.eraseDue()
      let left = try self.words(onDiskOf: party)
      #expect(!left.contains(Self.prefix), "\(party.name)")
      #expect(left.contains(Self.lasting), "what was not to go is there")
      #expect(try Forensics.files(in: party.folder, holding: Self.prefix) == [])
    }
    // The log of events tells what happened, and of what nothing.
    let told = try pair.bob.core.events(after: 0).compactMap(\.message?.body)
    #expect(told.contains(.gone(.expired)) && told.contains(.gone(.viewed)) && told.contains(.gone(.deleted)))
  }

  @Test func `with the destruction of keys left out the search finds every word`() throws {
    let pair = try Pair()
    let words = Words(prefix: Self.prefix)
    for _ in 0..<20 { try pair.alice.say(words.text(20), to: "bob") }
    try pair.settle()
    let ids = try pair.bob.shown(with: "Alice").map(\.id)
    try pair.bob.restart(gate: WithoutKeyDestruction())
    #expect(throws: WithoutKeyDestruction.self) { try pair.bob.core.deleteForMe(ids) }
    #expect(try pair.bob.bodies(with: "Alice").allSatisfy { $0 == .gone(.deleted) }, "shown as gone, and yet")
    #expect(try self.words(onDiskOf: pair.bob).contains(Self.prefix))
    // Opening the vault again makes good for it, before anything is shown.
    try pair.bob.restart()
    #expect(try !self.words(onDiskOf: pair.bob).contains(Self.prefix))
  }
}

/// Ends every erasure before it destroys anything.
private final class WithoutKeyDestruction: CommitGate, Error, Sendable {
  func willCommit(_ number: Int) throws {}
  func didCommit(_ number: Int) throws {}
  func erasureReached(_ step: ErasureStep) throws { if step == .rootStored { throw self } }
}
