import ByteLayout
import MessageContent
import TestSupport
import Testing

@Suite struct `Profiles` {
  private struct AnotherKind: Error {}

  private func decoded(_ profile: [UInt8]) throws -> Profile {
    guard case .known(let content) = try ContentCodec.decode(WireBytes.control(WireBytes.bytes(6, profile))),
      case .control(.profile(let profile)) = content.kind
    else { throw AnotherKind() }
    return profile
  }

  private func command(_ name: String, _ description: String = "does it") -> [UInt8] {
    WireBytes.bytes(5, WireBytes.text(1, name) + WireBytes.text(2, description))
  }

  private let head = WireBytes.varint(1, 7) + WireBytes.text(2, "Bot") + WireBytes.varint(4, 1)

  @Test func `a profile comes back as it was`() throws {
    let commands = try (0..<64).map { number in
      try BotCommand(name: "c\(number)", description: String(repeating: "d", count: 128))
    }
    let sent = try Profile(
      revision: Profile.maximumRevision, name: "Bot", about: String(repeating: "ä", count: 256), isBot: true,
      commands: commands)
    let id = MessageID(try FixedBytes(SeededRandomness("profile").bytes(16)))
    let bytes = try ContentCodec.encode(try Content(id: id, sentAtMilliseconds: 1, kind: .control(.profile(sent))))
    guard case .known(let content) = try ContentCodec.decode(bytes),
      case .control(.profile(let received)) = content.kind
    else { throw AnotherKind() }
    #expect(received == sent)
  }

  @Test func `what a hostile profile says is cleaned`() throws {
    let profile = try decoded(
      WireBytes.varint(1, 1) + WireBytes.text(2, "\u{202e}Mallory\n") + WireBytes.text(3, " \u{1b}[31mred\u{7}\n ")
        + WireBytes.varint(4, 1) + command("help", "\u{2066}says\u{0} what\t"))
    #expect(profile.name == "Mallory" && profile.about == "[31mred")
    #expect(profile.commands.map(\.description) == ["says what"])
  }

  @Test(arguments: [
    "", "Help", "he-lp", "1st", "_x", "h\u{e9}lp", "he lp", "/help", String(repeating: "a", count: 33),
  ])
  func `a command of another name is refused`(name: String) {
    #expect(throws: ContentError.notAllowed(.commandName)) { try decoded(head + command(name)) }
  }

  @Test func `what is too long, too many, twice or out of place is refused`() {
    let many = (0..<65).flatMap { command("c\($0)") }
    #expect(throws: ContentError.tooLong(field: .commands, limit: 64, actual: 65)) { try decoded(head + many) }
    #expect(throws: ContentError.tooLong(field: .commandDescription, limit: 128, actual: 129)) {
      try decoded(head + command("help", String(repeating: "x", count: 129)))
    }
    #expect(throws: ContentError.missing(.commandDescription)) { try decoded(head + command("help", "\u{7}\u{200b}")) }
    #expect(throws: ContentError.tooLong(field: .about, limit: 512, actual: 513)) {
      try decoded(head + WireBytes.text(3, String(repeating: "x", count: 513)))
    }
    #expect(throws: ContentError.tooLong(field: .displayName, limit: 128, actual: 129)) {
      try decoded(WireBytes.varint(1, 1) + WireBytes.text(2, String(repeating: "x", count: 129)))
    }
    #expect(throws: ContentError.notAllowed(.commandName)) { try decoded(head + command("help") + command("help")) }
    #expect(throws: ContentError.notAllowed(.commands)) { try decoded(WireBytes.varint(1, 1) + command("help")) }
    #expect(throws: ContentError.notAllowed(.revision)) { try decoded(WireBytes.text(2, "Bot")) }
    #expect(throws: ContentError.notAllowed(.revision)) { try decoded(WireBytes.varint(1, 1 << 63)) }
  }
}
