import ByteLayout
import MessageContent
import TestSupport
import Testing

@Suite struct `Contents` {
  private let randomness = SeededRandomness("contents")

  private func id(_ first: UInt8 = 1) throws -> MessageID {
    MessageID(try FixedBytes((0..<16).map { first + $0 }))
  }

  private func content(_ kind: Content.Kind, expiry: Expiry = .never) throws -> Content {
    try Content(id: id(), sentAtMilliseconds: 1_790_000_000_000, expiry: expiry, kind: kind)
  }

  private func known(_ bytes: [UInt8], in scope: ContentScope = .direct) throws -> Content {
    guard case .known(let content) = try ContentCodec.decode(bytes, in: scope) else {
      throw UnexpectedlyUnknown()
    }
    return content
  }

  private func body(_ bytes: [UInt8]) throws -> Body {
    guard case .body(let body) = try known(bytes).kind else { throw UnexpectedlyUnknown() }
    return body
  }

  private func isUnknown(_ bytes: [UInt8]) throws -> Bool {
    guard case .unknown(_, let raw) = try ContentCodec.decode(bytes) else { return false }
    return raw == bytes
  }

  private struct UnexpectedlyUnknown: Error {}

  // MARK: Text and files

  @Test func `a text comes back with its id, time and expiry`() throws {
    let expiry = Expiry(readSeconds: 30, maximumAgeSeconds: 86_400, timerVersion: 7)
    let sent = try content(.body(.text(try CleanText(cleaning: "Grüße\n👋"))), expiry: expiry)
    let received = try known(ContentCodec.encode(sent))
    #expect(received.header == sent.header)
    #expect(received.header.expiry == expiry)
    guard case .body(.text(let text)) = received.kind else { throw UnexpectedlyUnknown() }
    #expect(text.string == "Grüße\n👋")
  }

  @Test func `the bytes are those of the schema, and the same every time`() throws {
    let sent = try content(.body(.text(try CleanText(cleaning: "hello"))))
    #expect(try ContentCodec.encode(sent) == WireBytes.textBody("hello"))
    #expect(try ContentCodec.encode(sent) == ContentCodec.encode(sent))
  }

  @Test func `an inline file comes back byte for byte`() throws {
    let data = randomness.bytes(40_960)
    let file = InlineFile(
      caption: try CleanText(cleaning: "look"), name: "photo.png", mimeType: "image/png", data: data)
    let received = try body(ContentCodec.encode(try content(.body(.file(file)))))
    #expect(received == .file(file))
    let bare = InlineFile(caption: nil, name: "", mimeType: "", data: [])
    #expect(try body(ContentCodec.encode(try content(.body(.file(bare))))) == .file(bare))
    #expect(bare.name == "file")
  }

  @Test func `a received text is cleaned, and refused when nothing is left`() throws {
    #expect(try body(WireBytes.textBody("a\u{1b}[31m\r\nb")) == .text(try CleanText(cleaning: "a[31m\nb")))
    #expect(throws: ContentError.missing(.text)) { try ContentCodec.decode(WireBytes.textBody("\u{0}\u{1}")) }
    #expect(throws: ContentError.missing(.text)) { try ContentCodec.decode(WireBytes.textBody("")) }
  }

  @Test func `a received text may have 49 152 bytes and no more`() throws {
    let longest = String(repeating: "x", count: 49_152)
    #expect(try body(WireBytes.textBody(longest)) == .text(try CleanText(cleaning: longest)))
    #expect(throws: ContentError.tooLong(field: .text, limit: 49_152, actual: 49_153)) {
      try ContentCodec.decode(WireBytes.textBody(longest + "x"))
    }
  }

  @Test func `text that is not UTF-8 is refused`() {
    #expect(throws: ContentError.notProtobuf) {
      try ContentCodec.decode(WireBytes.body(WireBytes.bytes(1, WireBytes.bytes(1, [0xc3, 0x28]))))
    }
    #expect(throws: ContentError.notProtobuf) {
      try ContentCodec.decode(WireBytes.body(WireBytes.bytes(1, WireBytes.bytes(1, [0xed, 0xa0, 0x80]))))
    }
  }

  @Test func `a received file's name and type are cleaned, overlong ones refused`() throws {
    let file = WireBytes.text(2, "../../.ssh/\u{202e}id") + WireBytes.text(3, "text/html\r\nX: y")
    #expect(
      try body(WireBytes.body(WireBytes.bytes(2, file)))
        == .file(InlineFile(caption: nil, name: "id", mimeType: "application/octet-stream", data: [])))
    let longName = WireBytes.text(2, String(repeating: "n", count: 256))
    #expect(throws: ContentError.tooLong(field: .fileName, limit: 255, actual: 256)) {
      try ContentCodec.decode(WireBytes.body(WireBytes.bytes(2, longName)))
    }
    let longType = WireBytes.text(3, "a/" + String(repeating: "b", count: 126))
    #expect(throws: ContentError.tooLong(field: .mimeType, limit: 127, actual: 128)) {
      try ContentCodec.decode(WireBytes.body(WireBytes.bytes(2, longType)))
    }
    let longCaption = WireBytes.text(1, String(repeating: "c", count: 49_153))
    #expect(throws: ContentError.tooLong(field: .caption, limit: 49_152, actual: 49_153)) {
      try ContentCodec.decode(WireBytes.body(WireBytes.bytes(2, longCaption)))
    }
  }

  @Test(arguments: [
    ("image/png", true), ("application/vnd.a+json", true), ("", false), ("image", false), ("/", false),
    ("a/b/c", false), ("a/", false), ("/b", false), ("a b/c", false), ("ä/b", false),
  ])
  func `a MIME type is two words of visible ASCII`(type: String, isTaken: Bool) {
    let file = InlineFile(caption: nil, name: "x", mimeType: type, data: [])
    #expect(file.mimeType == (isTaken ? type : "application/octet-stream"))
  }

  // MARK: Bounds of the whole

  @Test func `a Content may have 57 344 bytes and no more`() throws {
    let overhead =
      try ContentCodec.encode(
        content(
          .body(.file(InlineFile(caption: nil, name: "f", mimeType: "a/b", data: [UInt8](repeating: 1, count: 57_000))))
        )
      )
      .count - 57_000
    func file(_ byteCount: Int) throws -> Content {
      try content(
        .body(
          .file(InlineFile(caption: nil, name: "f", mimeType: "a/b", data: [UInt8](repeating: 1, count: byteCount)))))
    }
    let longest = try ContentCodec.encode(file(57_344 - overhead))
    #expect(longest.count == 57_344)
    _ = try known(longest)
    #expect(throws: ContentError.tooLong(field: .content, limit: 57_344, actual: 57_345)) {
      try ContentCodec.encode(file(57_345 - overhead))
    }
    #expect(throws: ContentError.tooLong(field: .content, limit: 57_344, actual: 57_345)) {
      try ContentCodec.decode(longest + [0])
    }
  }

  @Test(arguments: [0, 1, 15, 17, 32])
  func `an id of any size but 16 bytes is refused`(byteCount: Int) {
    let bytes =
      (byteCount == 0 ? [] : WireBytes.bytes(1, randomness.bytes(byteCount)))
      + WireBytes.bytes(10, WireBytes.bytes(1, WireBytes.text(1, "x")))
    #expect(throws: ContentError.wrongByteCount(field: .id, expected: 16, actual: byteCount)) {
      try ContentCodec.decode(bytes)
    }
  }

  @Test func `a time before 1970 or after 9999 is refused`() {
    let body = WireBytes.bytes(10, WireBytes.bytes(1, WireBytes.text(1, "x")))
    let id = WireBytes.bytes(1, [UInt8](repeating: 7, count: 16))
    for time in [UInt64.max, 1 << 63, 253_402_300_800_000, UInt64(Int64.max)] {
      #expect(throws: ContentError.notAllowed(.sentAt)) {
        try ContentCodec.decode(id + WireBytes.varint(3, time) + body)
      }
    }
    #expect(throws: Never.self) { try ContentCodec.decode(id + WireBytes.varint(3, 253_402_300_799_999) + body) }
    #expect(throws: ContentError.notAllowed(.sentAt)) {
      try Content(id: self.id(), sentAtMilliseconds: -1, kind: .control(.pairAckOnly))
    }
  }

  @Test func `a direct chat's Content must not name a conversation, a group's must`() throws {
    let text = WireBytes.bytes(10, WireBytes.bytes(1, WireBytes.text(1, "x")))
    let named = WireBytes.content(WireBytes.bytes(2, [1, 2, 3]) + text)
    #expect(throws: ContentError.notAllowed(.conversation)) { try ContentCodec.decode(named) }
    #expect(try known(named, in: .group).header.conversation == [1, 2, 3])
    #expect(throws: ContentError.missing(.conversation)) {
      try ContentCodec.decode(WireBytes.content(text), in: .group)
    }
    let long = WireBytes.content(WireBytes.bytes(2, randomness.bytes(33)) + text)
    #expect(throws: ContentError.tooLong(field: .conversation, limit: 32, actual: 33)) {
      try ContentCodec.decode(long, in: .group)
    }
    let sent = try content(.control(.pairAckOnly))
    #expect(throws: ContentError.missing(.conversation)) { try ContentCodec.encode(sent, in: .group) }
  }

  // MARK: Kinds

  @Test func `kinds of a newer version are kept whole, with their header`() throws {
    let newer: [[UInt8]] = [
      WireBytes.content(WireBytes.bytes(15, [1, 2, 3])),
      WireBytes.content(WireBytes.bytes(200, [])),
      WireBytes.content(WireBytes.varint(99, 1)),
      WireBytes.content(WireBytes.bytes(11, WireBytes.varint(3, 1) + WireBytes.bytes(30, []))),
      WireBytes.content(WireBytes.bytes(13, WireBytes.varint(4, 4))),
      WireBytes.body(WireBytes.bytes(5, [9, 9])),
      WireBytes.control(WireBytes.bytes(7, [])),
      WireBytes.content(WireBytes.bytes(12, WireBytes.varint(1, 4) + WireBytes.bytes(2, randomness.bytes(16)))),
    ]
    for bytes in newer {
      #expect(try isUnknown(bytes), "\(bytes)")
      #expect(try ContentCodec.decode(bytes).header.sentAtMilliseconds == 1_790_000_000_000)
    }
    let timed = WireBytes.content(WireBytes.bytes(4, WireBytes.varint(1, 60)) + WireBytes.bytes(15, [1]))
    #expect(try ContentCodec.decode(timed).header.expiry.readSeconds == 60)
  }

  @Test func `a kind of a newer version is bounded like any other`() {
    let noID = WireBytes.bytes(15, [1, 2, 3])
    #expect(throws: ContentError.wrongByteCount(field: .id, expected: 16, actual: 0)) { try ContentCodec.decode(noID) }
  }

  @Test func `new fields beside a known kind are passed over`() throws {
    let text = WireBytes.body(WireBytes.bytes(1, WireBytes.text(1, "x") + WireBytes.bytes(2, [1, 2])))
    #expect(try body(text + WireBytes.varint(77, 1)) == .text(try CleanText(cleaning: "x")))
  }

  @Test func `a Content without any kind is refused`() {
    #expect(throws: ContentError.missing(.kind)) { try ContentCodec.decode(WireBytes.content([])) }
    #expect(throws: ContentError.missing(.kind)) { try ContentCodec.decode(WireBytes.body([])) }
    #expect(throws: ContentError.missing(.kind)) { try ContentCodec.decode(WireBytes.control([])) }
    #expect(throws: ContentError.self) { try ContentCodec.decode([]) }
  }

  // MARK: Receipts

  @Test(arguments: Receipt.Kind.allCases, [1, 2, 1_024])
  func `a receipt comes back as it was`(kind: Receipt.Kind, count: Int) throws {
    let ids = try (0..<count).map { _ in MessageID(try FixedBytes(randomness.bytes(16))) }
    let receipt = try Receipt(kind: kind, ids: ids, atMilliseconds: 1_790_000_001_000)
    guard case .receipt(let received) = try known(ContentCodec.encode(try content(.receipt(receipt)))).kind else {
      throw UnexpectedlyUnknown()
    }
    #expect(received == receipt)
  }

  @Test func `a receipt for nothing, for too much or of no kind is refused`() throws {
    func receipt(_ fields: [UInt8]) -> [UInt8] { WireBytes.content(WireBytes.bytes(12, fields)) }
    let id = WireBytes.bytes(2, randomness.bytes(16))
    #expect(throws: ContentError.missing(.receiptIDs)) { try ContentCodec.decode(receipt(WireBytes.varint(1, 1))) }
    #expect(throws: ContentError.missing(.receiptKind)) { try ContentCodec.decode(receipt(id)) }
    #expect(throws: ContentError.wrongByteCount(field: .receiptIDs, expected: 16, actual: 15)) {
      try ContentCodec.decode(receipt(WireBytes.varint(1, 1) + id + WireBytes.bytes(2, randomness.bytes(15))))
    }
    #expect(throws: ContentError.tooLong(field: .receiptIDs, limit: 1_024, actual: 1_025)) {
      try ContentCodec.decode(receipt(WireBytes.varint(1, 1) + [[UInt8]](repeating: id, count: 1_025).flatMap { $0 }))
    }
    #expect(throws: ContentError.notAllowed(.receiptTime)) {
      try ContentCodec.decode(receipt(WireBytes.varint(1, 1) + id + WireBytes.varint(3, .max)))
    }
  }

  // MARK: Random bytes

  @Test func `random and damaged bytes never do more than fail`() throws {
    let seeds = try [
      WireBytes.textBody("hello"), WireBytes.control(WireBytes.bytes(5, [])),
      ContentCodec.encode(
        content(.body(.file(InlineFile(caption: nil, name: "a.png", mimeType: "image/png", data: [1, 2, 3]))))),
      ContentCodec.encode(
        content(.receipt(try Receipt(kind: .read, ids: [try id(), try id(9)], atMilliseconds: 5)))),
    ]
    var taken = 0
    for round in 0..<8_000 {
      var bytes = round % 2 == 0 ? seeds[round / 2 % seeds.count] : randomness.bytes(Int(randomness.bytes(1)[0]))
      let noise = randomness.bytes(8)
      for index in stride(from: 0, to: 8, by: 2) where !bytes.isEmpty && noise[index] & 1 == 0 {
        bytes[(Int(noise[index]) << 8 | Int(noise[index + 1])) % bytes.count] = noise[7 - index]
      }
      do throws(ContentError) {
        // What is taken as known can be written again, and reads the same.
        guard case .known(let content) = try ContentCodec.decode(bytes) else { continue }
        taken += 1
        let written = try ContentCodec.encode(content)
        guard case .known(let again) = try ContentCodec.decode(written) else { throw .missing(.kind) }
        #expect(try ContentCodec.encode(again) == written)
      } catch {
        continue
      }
    }
    #expect(taken > 100)
  }

  @Test func `deep nesting is refused`() {
    var nested: [UInt8] = []
    for _ in 0..<2_000 { nested = [0x0b] + nested + [0x0c] }
    #expect(throws: ContentError.notProtobuf) { try ContentCodec.decode(WireBytes.content(nested)) }
  }
}
