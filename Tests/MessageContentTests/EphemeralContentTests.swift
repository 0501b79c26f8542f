import MessageContent
import TestSupport
import Testing

@Suite struct `Ephemeral contents` {
  private let randomness = SeededRandomness("ephemeral contents")

  @Test(arguments: TypingState.allCases)
  func `typing comes back as it was`(state: TypingState) throws {
    let direct = EphemeralContent(kind: .typing(state))
    #expect(try EphemeralCodec.decode(try EphemeralCodec.encode(direct)) == direct)
    let group = EphemeralContent(conversation: [1, 2], kind: .typing(state))
    #expect(try EphemeralCodec.decode(try EphemeralCodec.encode(group, in: .group), in: .group) == group)
  }

  @Test func `the bytes are those of the schema`() throws {
    #expect(
      try EphemeralCodec.encode(EphemeralContent(kind: .typing(.started)))
        == WireBytes.bytes(2, WireBytes.varint(1, 1)))
  }

  @Test func `kinds and states of a newer version are told as such`() throws {
    #expect(try EphemeralCodec.decode(WireBytes.bytes(3, [1])).kind == .unknown)
    #expect(try EphemeralCodec.decode(WireBytes.bytes(2, WireBytes.varint(1, 9))).kind == .unknown)
  }

  @Test func `nothing, a typing without state and an overlong content are refused`() {
    #expect(throws: ContentError.missing(.kind)) { try EphemeralCodec.decode([]) }
    #expect(throws: ContentError.missing(.typingState)) { try EphemeralCodec.decode(WireBytes.bytes(2, [])) }
    #expect(throws: ContentError.tooLong(field: .ephemeral, limit: 4_096, actual: 4_097)) {
      try EphemeralCodec.decode([UInt8](repeating: 0, count: 4_097))
    }
    #expect(throws: ContentError.notAllowed(.kind)) { try EphemeralCodec.encode(EphemeralContent(kind: .unknown)) }
  }

  @Test func `a direct chat's must not name a conversation, a group's must`() throws {
    let typing = WireBytes.bytes(2, WireBytes.varint(1, 1))
    #expect(throws: ContentError.notAllowed(.conversation)) {
      try EphemeralCodec.decode(WireBytes.bytes(1, [1]) + typing)
    }
    #expect(throws: ContentError.missing(.conversation)) { try EphemeralCodec.decode(typing, in: .group) }
    #expect(throws: ContentError.tooLong(field: .conversation, limit: 32, actual: 33)) {
      try EphemeralCodec.decode(WireBytes.bytes(1, randomness.bytes(33)) + typing, in: .group)
    }
  }

  @Test func `random bytes never do more than fail`() {
    var refused = 0
    for _ in 0..<2_000 {
      do { _ = try EphemeralCodec.decode(randomness.bytes(Int(randomness.bytes(1)[0] % 32))) } catch { refused += 1 }
    }
    #expect(refused > 1_000)
  }
}
