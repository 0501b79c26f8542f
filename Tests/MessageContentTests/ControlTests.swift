import ByteLayout
import MessageContent
import TestSupport
import Testing

@Suite struct `Controls` {
  private let randomness = SeededRandomness("controls")
  private let secret = [UInt8](repeating: 0x5e, count: 32)
  private let key = [UInt8](repeating: 0x33, count: 32)

  private struct AnotherKind: Error {}

  private func decoded(_ control: [UInt8]) throws -> Control {
    guard case .known(let content) = try ContentCodec.decode(WireBytes.control(control)),
      case .control(let control) = content.kind
    else { throw AnotherKind() }
    return control
  }

  private func roundTrip(_ control: Control) throws -> Control {
    let id = MessageID(try FixedBytes(randomness.bytes(16)))
    let bytes = try ContentCodec.encode(try Content(id: id, sentAtMilliseconds: 1, kind: .control(control)))
    guard case .known(let content) = try ContentCodec.decode(bytes), case .control(let control) = content.kind
    else { throw AnotherKind() }
    return control
  }

  private func replyPath(lists: [UInt8] = [1, 2, 3]) throws -> ReplyPath {
    try ReplyPath(
      lists: lists, sealID: .max, sealingKey: try FixedBytes(key), slotSecret: try CarriedSecret(secret))
  }

  private func replyPathBytes(
    lists: [UInt8] = [1], sealingKey: [UInt8]? = nil, slotSecret: [UInt8]? = nil
  ) -> [UInt8] {
    WireBytes.bytes(1, lists) + WireBytes.varint(2, 3) + WireBytes.bytes(3, sealingKey ?? key)
      + WireBytes.bytes(4, slotSecret ?? secret)
  }

  // MARK: First contact

  @Test(arguments: [true, false])
  func `an introduction comes back as it was`(hasToken: Bool) throws {
    let token: FixedBytes<16>? = hasToken ? try FixedBytes(randomness.bytes(16)) : nil
    let sent = Introduction(token: token, name: "Alice", replyPath: try replyPath(lists: randomness.bytes(6_149)))
    guard case .introduction(let received) = try roundTrip(.introduction(sent)) else { throw AnotherKind() }
    #expect(received.token == token)
    #expect(received.name == "Alice")
    #expect(received.slotSecret.bytes == secret)
    #expect(received.replyPath.slotSecret.bytes == secret)
    #expect(received.replyPath.lists == sent.replyPath.lists)
    #expect(received.replyPath.sealID == .max)
    #expect(received.replyPath.sealingKey.array == key)
  }

  @Test func `a reply path comes back as it was`() throws {
    guard case .replyPath(let received) = try roundTrip(.replyPath(try replyPath())) else { throw AnotherKind() }
    #expect(received.lists == [1, 2, 3])
    #expect(received.slotSecret.bytes == secret)
  }

  @Test func `an introduced name is cleaned, an overlong one refused`() throws {
    func introduction(_ name: String) -> [UInt8] {
      WireBytes.bytes(
        1, WireBytes.bytes(2, secret) + WireBytes.text(3, name) + WireBytes.bytes(4, replyPathBytes()))
    }
    guard case .introduction(let received) = try decoded(introduction("\u{202e}Mallory\n")) else { throw AnotherKind() }
    #expect(received.name == "Mallory")
    guard case .introduction(let nameless) = try decoded(introduction("")) else { throw AnotherKind() }
    #expect(nameless.name == "unnamed")
    #expect(throws: ContentError.tooLong(field: .displayName, limit: 128, actual: 129)) {
      try decoded(introduction(String(repeating: "m", count: 129)))
    }
  }

  @Test func `parts of an introduction of the wrong size or missing are refused`() {
    func introduction(token: [UInt8] = [], secret: [UInt8]? = nil, path: [UInt8]?) -> [UInt8] {
      WireBytes.bytes(
        1,
        WireBytes.bytes(1, token) + WireBytes.bytes(2, secret ?? self.secret)
          + (path.map { WireBytes.bytes(4, $0) } ?? []))
    }
    #expect(throws: ContentError.wrongByteCount(field: .token, expected: 16, actual: 15)) {
      try decoded(introduction(token: randomness.bytes(15), path: replyPathBytes()))
    }
    #expect(throws: ContentError.wrongByteCount(field: .slotSecret, expected: 32, actual: 0)) {
      try decoded(introduction(secret: [], path: replyPathBytes()))
    }
    #expect(throws: ContentError.missing(.replyPath)) { try decoded(introduction(path: nil)) }
    #expect(throws: ContentError.missing(.lists)) { try decoded(introduction(path: replyPathBytes(lists: []))) }
    #expect(throws: ContentError.tooLong(field: .lists, limit: 6_149, actual: 6_150)) {
      try decoded(introduction(path: replyPathBytes(lists: randomness.bytes(6_150))))
    }
    #expect(throws: ContentError.wrongByteCount(field: .sealingKey, expected: 32, actual: 33)) {
      try decoded(introduction(path: replyPathBytes(sealingKey: randomness.bytes(33))))
    }
    #expect(throws: ContentError.wrongByteCount(field: .slotSecret, expected: 32, actual: 31)) {
      try decoded(introduction(path: replyPathBytes(slotSecret: randomness.bytes(31))))
    }
  }

  @Test func `an introduction with two different slot secrets is refused`() {
    var other = secret
    other[31] ^= 1
    let bytes = WireBytes.bytes(
      1, WireBytes.bytes(2, other) + WireBytes.bytes(4, replyPathBytes()))
    #expect(throws: ContentError.notAllowed(.slotSecret)) { try decoded(bytes) }
  }

  @Test func `printing an introduction does not print its secret`() throws {
    let introduction = Introduction(token: nil, name: "Alice", replyPath: try replyPath())
    var dumped = ""
    dump(introduction, to: &dumped)
    for text in ["\(introduction)", String(reflecting: introduction), dumped] {
      #expect(text.contains("32 secret bytes"))
      #expect(!text.contains("94, 94"))
      #expect(!text.contains("5e5e"))
    }
  }

  // MARK: Resending

  @Test func `ranges come back as they were`() throws {
    let ranges = try PairRanges([1...1, 2...9, 4_000_000_000...UInt64(Int64.max)])
    guard case .gone(let gone) = try roundTrip(.gone(try Gone(ranges))) else { throw AnotherKind() }
    #expect(gone.missing == ranges)
    let few = try PairRanges([7...56, 100...149])
    guard case .retryRequest(let request) = try roundTrip(.retryRequest(try RetryRequest(few))) else {
      throw AnotherKind()
    }
    #expect(request.missing == few)
    guard case .pairAckOnly = try roundTrip(.pairAckOnly) else { throw AnotherKind() }
  }

  @Test func `the fewest ranges are made from numbers in any order`() throws {
    let ranges = try PairRanges(numbers: [9, 3, 4, 1, 4, 5, 10])
    #expect(ranges.ranges == [1...1, 3...5, 9...10])
    #expect(ranges.numberCount == 6)
    #expect([0, 1, 2, 3, 5, 6, 9, 10, 11].filter { ranges.contains($0) } == [1, 3, 5, 9, 10])
  }

  @Test func `ranges out of bounds, out of order or overlapping are refused`() {
    #expect(throws: ContentError.missing(.ranges)) { try PairRanges([]) }
    #expect(throws: ContentError.missing(.ranges)) { try PairRanges(numbers: []) }
    for ranges in [
      [0...1], [5...6, 1...2], [1...5, 5...6], [1...5, 2...3], [1...(UInt64(Int64.max) + 1)], [1...(.max)],
    ]
      as [[ClosedRange<UInt64>]]
    {
      #expect(throws: ContentError.notAllowed(.ranges)) { try PairRanges(ranges) }
    }
    let backwards = WireBytes.bytes(3, WireBytes.bytes(1, WireBytes.varint(1, 9) + WireBytes.varint(2, 8)))
    #expect(throws: ContentError.notAllowed(.ranges)) { try decoded(backwards) }
    #expect(throws: ContentError.missing(.ranges)) { try decoded(WireBytes.bytes(4, [])) }
  }

  @Test func `a request for more than 100 messages is refused`() throws {
    _ = try RetryRequest(try PairRanges([1...100]))
    #expect(throws: ContentError.tooLong(field: .ranges, limit: 100, actual: 101)) {
      try RetryRequest(try PairRanges([1...50, 60...110]))
    }
    let huge = WireBytes.bytes(
      4, WireBytes.bytes(1, WireBytes.varint(1, 1) + WireBytes.varint(2, UInt64(Int64.max))))
    #expect(throws: ContentError.tooLong(field: .ranges, limit: 100, actual: .max)) { try decoded(huge) }
  }

  @Test func `more than 256 ranges that are gone are refused`() throws {
    _ = try Gone(try PairRanges((1...256).map { $0 * 2...$0 * 2 }))
    #expect(throws: ContentError.tooLong(field: .ranges, limit: 256, actual: 257)) {
      try Gone(try PairRanges((1...257).map { $0 * 2...$0 * 2 }))
    }
  }
}
