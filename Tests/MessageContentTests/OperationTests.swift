import ByteLayout
import MessageContent
import TestSupport
import Testing

@Suite struct `Operations and view-once content` {
  private let randomness = SeededRandomness("operations")

  private struct AnotherKind: Error {}

  private func operation(_ rest: [UInt8]) -> [UInt8] { WireBytes.content(WireBytes.bytes(11, rest)) }

  private func target(author: Int = 33, id: Int = 16) -> [UInt8] {
    WireBytes.bytes(1, [UInt8](repeating: 5, count: author)) + WireBytes.bytes(2, [UInt8](repeating: 6, count: id))
  }

  private func decoded(_ bytes: [UInt8]) throws -> Operation {
    guard case .known(let content) = try ContentCodec.decode(bytes), case .operation(let operation) = content.kind
    else { throw AnotherKind() }
    return operation
  }

  @Test func `every operation comes back as it was`() throws {
    let target = OperationTarget(
      author: try FixedBytes(randomness.bytes(33)), id: MessageID(try FixedBytes(randomness.bytes(16))))
    let all = [
      try Operation(target: target, revision: 1, kind: .delete),
      try Operation(target: nil, revision: 7, kind: .setTimer(try TimerSetting(mode: .afterSend, seconds: 86_400))),
      try Operation(target: nil, revision: .max, kind: .setTimer(.off)),
      try Operation(target: target, revision: 1, kind: .screenshot),
      try Operation(target: nil, revision: 1, kind: .closeChat),
      try Operation(target: target, revision: 10, kind: .edit(CleanText(cleaning: "other words"))),
    ]
    for sent in all {
      let bytes = try ContentCodec.encode(
        Content(id: MessageID(try FixedBytes(randomness.bytes(16))), sentAtMilliseconds: 1, kind: .operation(sent)))
      #expect(try decoded(bytes) == sent)
    }
  }

  @Test func `an edit of nothing, without words, or an eleventh is refused, and its words are cleaned`() throws {
    func edit(_ text: String) -> [UInt8] { WireBytes.bytes(14, WireBytes.bytes(1, WireBytes.text(1, text))) }
    let revision = WireBytes.varint(3, 1)
    let read = try decoded(operation(target() + revision + edit("a\u{1b}b")))
    #expect(read.kind == .edit(try CleanText(cleaning: "ab")))
    #expect(throws: ContentError.missing(.target)) { try decoded(operation(revision + edit("x"))) }
    #expect(throws: ContentError.missing(.text)) { try decoded(operation(target() + revision + edit("\u{7}"))) }
    #expect(throws: ContentError.missing(.text)) {
      try decoded(operation(target() + revision + WireBytes.bytes(14, [])))
    }
    #expect(throws: ContentError.notAllowed(.revision)) {
      try decoded(operation(target() + WireBytes.varint(3, 11) + edit("x")))
    }
    #expect(throws: ContentError.tooLong(field: .text, limit: 49_152, actual: 49_153)) {
      try decoded(operation(target() + revision + edit(String(repeating: "x", count: 49_153))))
    }
  }

  @Test func `an operation without its target, of another size or revision 0 is refused`() {
    let delete = WireBytes.bytes(10, [])
    let revision = WireBytes.varint(3, 1)
    #expect(throws: ContentError.missing(.target)) { try decoded(operation(revision + delete)) }
    #expect(throws: ContentError.notAllowed(.revision)) { try decoded(operation(target() + delete)) }
    #expect(throws: ContentError.wrongByteCount(field: .target, expected: 33, actual: 32)) {
      try decoded(operation(target(author: 32) + revision + delete))
    }
    #expect(throws: ContentError.wrongByteCount(field: .target, expected: 16, actual: 17)) {
      try decoded(operation(target(id: 17) + revision + delete))
    }
    #expect(throws: ContentError.notAllowed(.target)) {
      try decoded(operation(target() + revision + WireBytes.bytes(13, [])))
    }
    #expect(throws: ContentError.missing(.kind)) { try decoded(operation(target() + revision)) }
  }

  @Test func `timers are 5 seconds to a year, and an unknown mode or kind needs a newer version`() throws {
    func timer(_ mode: UInt64, _ seconds: UInt64) -> [UInt8] {
      operation(
        WireBytes.varint(3, 1) + WireBytes.bytes(11, WireBytes.varint(1, mode) + WireBytes.varint(2, seconds)))
    }
    #expect(try decoded(timer(2, 5)).kind == .setTimer(try TimerSetting(mode: .afterRead, seconds: 5)))
    for (mode, seconds) in [(2, 4), (3, 31_536_001), (1, 5), (2, 0)] as [(UInt64, UInt64)] {
      #expect(throws: ContentError.notAllowed(.timer)) { try decoded(timer(mode, seconds)) }
    }
    #expect(throws: ContentError.missing(.timer)) { try decoded(timer(0, 5)) }
    for bytes in [timer(9, 5), operation(WireBytes.varint(3, 1) + WireBytes.bytes(29, []))] {
      guard case .unknown = try ContentCodec.decode(bytes) else { throw AnotherKind() }
    }
  }

  @Test func `view-once content comes back as it was, and an unknown kind of it is not shown as anything else`() throws
  {
    let file = InlineFile(caption: try CleanText(cleaning: "look"), name: "a.png", mimeType: "image/png", data: [1, 2])
    let stubs = try [ViewOnceKind.text, .picture, .voice, .file].map { kind in
      Body.viewOnce(.stub(try ViewOnceStub(kind: kind, device: 127)))
    }
    for sent in [Body.viewOnce(.file(file)), .viewOnce(.text(try CleanText(cleaning: "once")))] + stubs {
      let expiry = Expiry(readSeconds: 5, maximumAgeSeconds: 6, timerVersion: 7, isOwn: true)
      let bytes = try ContentCodec.encode(
        Content(
          id: MessageID(try FixedBytes(randomness.bytes(16))), sentAtMilliseconds: 1, expiry: expiry, kind: .body(sent))
      )
      guard case .known(let content) = try ContentCodec.decode(bytes), case .body(let body) = content.kind else {
        throw AnotherKind()
      }
      #expect(body == sent)
      #expect(content.header.expiry == expiry)
    }
    guard case .unknown = try ContentCodec.decode(WireBytes.body(WireBytes.bytes(4, WireBytes.bytes(4, [1])))) else {
      throw AnotherKind()
    }
    #expect(throws: ContentError.missing(.kind)) { try ContentCodec.decode(WireBytes.body(WireBytes.bytes(4, []))) }
    func stub(_ fields: [UInt8]) -> [UInt8] { WireBytes.body(WireBytes.bytes(4, WireBytes.bytes(5, fields))) }
    #expect(throws: ContentError.missing(.kind)) { try ContentCodec.decode(stub([0x10, 2])) }
    #expect(throws: ContentError.notAllowed(.device)) { try ContentCodec.decode(stub([0x08, 2])) }
    #expect(throws: ContentError.notAllowed(.device)) { try ContentCodec.decode(stub([0x08, 2, 0x10, 0x80, 1])) }
    guard case .unknown = try ContentCodec.decode(stub([0x08, 9, 0x10, 1])) else { throw AnotherKind() }
  }
}
