import ByteLayout
import MessageContent
import TestSupport
import Testing

@Suite struct `Answers` {
  private struct AnotherKind: Error {}
  private let author = [UInt8](repeating: 6, count: 33)
  private let id = [UInt8](repeating: 7, count: 16)
  private let text = WireBytes.bytes(1, WireBytes.text(1, "yes"))

  private func reply(author: [UInt8]? = nil, id: [UInt8]? = nil, _ body: [UInt8]) -> [UInt8] {
    WireBytes.bytes(
      16, WireBytes.bytes(1, author ?? self.author) + WireBytes.bytes(2, id ?? self.id) + WireBytes.bytes(3, body))
  }

  private func decoded(_ body: [UInt8]) throws -> Reply {
    guard case .known(let content) = try ContentCodec.decode(WireBytes.body(body)),
      case .body(.reply(let reply)) = content.kind
    else { throw AnotherKind() }
    return reply
  }

  @Test func `an answer comes back as it was, and says what it says`() throws {
    let target = OperationTarget(author: try FixedBytes(author), id: MessageID(try FixedBytes(id)))
    let file = InlineFile(caption: nil, name: "a.txt", mimeType: "text/plain", data: [1])
    for body in [Body.text(try CleanText(cleaning: "yes")), .file(file)] {
      let sent = try Reply(target: target, body: body)
      let bytes = try ContentCodec.encode(
        try Content(id: target.id, sentAtMilliseconds: 1, kind: .body(.reply(sent))))
      guard case .known(let content) = try ContentCodec.decode(bytes), case .body(let received) = content.kind
      else { throw AnotherKind() }
      #expect(received == .reply(sent) && received.said == body && body.said == body)
    }
  }

  @Test func `an answer to nothing, with nothing, or with what cannot answer is refused`() throws {
    #expect(try decoded(reply(text)).target.author.array == author)
    #expect(throws: ContentError.wrongByteCount(field: .target, expected: 33, actual: 32)) {
      try decoded(reply(author: [UInt8](author.dropLast()), text))
    }
    #expect(throws: ContentError.wrongByteCount(field: .target, expected: 16, actual: 0)) {
      try decoded(reply(id: [], text))
    }
    #expect(throws: ContentError.missing(.kind)) { try decoded(reply([])) }
    #expect(throws: ContentError.notAllowed(.kind)) { try decoded(reply(reply(text))) }
    #expect(throws: ContentError.notAllowed(.kind)) { try decoded(reply(WireBytes.bytes(4, text))) }
    #expect(throws: AnotherKind.self, "kept for a newer version") { try decoded(reply(WireBytes.bytes(5, [1]))) }
  }

  @Test func `answers inside answers end where nesting ends`() {
    var nested = reply(text)
    for _ in 0..<40 { nested = reply(nested) }
    #expect(throws: ContentError.notProtobuf) { try decoded(nested) }
  }
}
