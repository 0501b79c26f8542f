import Ambient
import ByteLayout
import MessageContent
import Messaging
import RelayWire
import TestSupport
import Testing
import Vault

/// What happens to the files of own messages at relays when the messages end.
@Suite struct FileRetractionTests {
  private let capability: UploadCapability

  init() throws { capability = UploadCapability(try FixedBytes([UInt8](repeating: 7, count: 32))) }

  @discardableResult
  private func sendFile(_ pair: Pair, maximumAge: UInt32 = 0) throws -> Int64 {
    let contact = try #require(try pair.alice.core.contacts().first)
    return try pair.alice.core.send(
      text: "look",
      blob: OutgoingBlob(
        name: "film.mp4", mime: "video/mp4", storedAs: "0.upload", upload: capability,
        blobKey: CarriedSecret([UInt8](repeating: 9, count: 32)), length: 100_000,
        digest: try FixedBytes([UInt8](repeating: 8, count: 32)),
        fileByteCount: try BlobLayout.fileByteCount(contentByteCount: 100_000)),
      to: contact.id, options: SendOptions(limits: MessageLimits(readSeconds: 0, maximumAgeSeconds: maximumAge))
    ).id
  }

  /// The capabilities that are used now to delete files, and how often each other item is taken back.
  private func takeBack(_ party: Party) throws -> [UploadCapability] {
    var files: [UploadCapability] = []
    while let work = try party.core.nextRetraction() {
      if case .file(let capability) = work.item { files.append(capability) }
      try party.core.retracted(work)
    }
    return files
  }

  @Test func `a file whose message is deleted for everyone is deleted at the relay, also after it has arrived`() throws
  {
    let pair = try Pair()
    try pair.settle()
    let id = try sendFile(pair)
    try pair.settle()
    #expect(try takeBack(pair.alice).isEmpty)
    try pair.alice.core.deleteForEveryone([id])
    #expect(try takeBack(pair.alice) == [capability])
    #expect(try takeBack(pair.alice).isEmpty)
  }

  @Test func `a file stays when only this side's message is deleted`() throws {
    let pair = try Pair()
    try pair.settle()
    let id = try sendFile(pair)
    try pair.settle()
    try pair.alice.core.deleteForMe([id])
    #expect(try takeBack(pair.alice).isEmpty)
  }

  @Test func `a file is deleted when the age limit of its message is over`() throws {
    let pair = try Pair()
    try pair.settle()
    try sendFile(pair, maximumAge: 3_600)
    try pair.settle()
    pair.clock.advance(by: .seconds(3_599))
    try pair.alice.core.eraseDue()
    #expect(try takeBack(pair.alice).isEmpty)
    pair.clock.advance(by: .seconds(2))
    try pair.alice.core.eraseDue()
    #expect(try takeBack(pair.alice) == [capability])
  }

  @Test func `a file that is on its way when its message is deleted does not stay at the relay`() throws {
    let pair = try Pair()
    try pair.settle()
    let id = try sendFile(pair)
    guard case .upload(let work)? = try pair.alice.core.nextSenderWork() else {
      Issue.record("an upload was due")
      return
    }
    try pair.alice.core.deleteForEveryone([id])
    // The part that is there goes when the request that brings it is over.
    #expect(try takeBack(pair.alice).isEmpty)
    pair.clock.advance(by: .seconds(31))
    #expect(try takeBack(pair.alice) == [capability])
    // And it may have been finished all the same.
    try pair.alice.core.uploaded(work)
    #expect(try takeBack(pair.alice) == [capability])
    try pair.settle()
    #expect(try pair.bob.bodies(with: "Alice").isEmpty)
  }

  @Test func `a file is forgotten when no relay holds it any more`() throws {
    let pair = try Pair()
    try pair.settle()
    let id = try sendFile(pair)
    try pair.settle()
    pair.clock.advance(by: .seconds(32 * 86_400))
    try pair.alice.core.eraseDue()
    try pair.alice.core.deleteForEveryone([id])
    #expect(try takeBack(pair.alice).isEmpty)
  }
}
