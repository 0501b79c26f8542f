import Ambient
import ByteLayout
import MessageContent
import Messaging
import TestSupport
import Testing
import Vault

/// Deadlines, timers and clocks (Docs/SelfDestruct.md).
@Suite struct SelfDestructTests {
  static let day: Int64 = 86_400

  private func limits(_ read: UInt32, _ age: UInt32) -> SendOptions {
    SendOptions(limits: MessageLimits(readSeconds: read, maximumAgeSeconds: age))
  }

  @Test func `a message disappears after its first reading, and a later reading changes nothing`() throws {
    let pair = try Pair()
    try pair.alice.say("ten seconds", to: "bob", options: limits(10, 0))
    try pair.settle()
    pair.clock.advance(by: .seconds(3 * Self.day))
    #expect(try pair.bob.bodies(with: "Alice") == [.text("ten seconds")], "unread, it waits")
    try pair.bob.readAll(of: "Alice")
    pair.clock.advance(by: .seconds(9))
    try pair.bob.readAll(of: "Alice")
    #expect(try pair.bob.bodies(with: "Alice") == [.text("ten seconds")])
    pair.clock.advance(by: .seconds(1))
    // Nothing has destroyed it yet, and nothing shows it any more.
    #expect(try pair.bob.bodies(with: "Alice") == [.gone(.expired)])
    #expect(
      try pair.bob.core.events(after: 0).filter { $0.kind == .messageReceived }.map(\.message?.body) == [
        .gone(.expired)
      ])
    try pair.bob.core.eraseDue()
    try pair.bob.withVault { vault throws in
      #expect(try vault.read { try $0.messageContent(id: 1) } == nil)
    }
    #expect(try pair.bob.core.nextExpiry() == nil)
  }

  @Test func `what is never read ends after fourteen days, or after its age`() throws {
    let pair = try Pair()
    try pair.alice.say("unread", to: "bob", options: limits(10, 0))
    try pair.alice.say("a day", to: "bob", options: limits(0, 86_400))
    try pair.settle()
    pair.clock.advance(by: .seconds(Self.day - 1))
    #expect(try pair.bob.bodies(with: "Alice") == [.text("unread"), .text("a day")])
    pair.clock.advance(by: .seconds(1))
    #expect(try pair.bob.bodies(with: "Alice") == [.text("unread"), .gone(.expired)])
    pair.clock.advance(by: .seconds(13 * Self.day))
    #expect(try pair.bob.bodies(with: "Alice") == [.gone(.expired), .gone(.expired)])
  }

  @Test func `the sender's own copy counts from when the relay has stored it`() throws {
    let pair = try Pair()
    try pair.alice.say("short", to: "bob", options: limits(10, 0))
    pair.clock.advance(by: .seconds(60))
    #expect(try pair.alice.bodies(with: "bob") == [.text("short")])
    try pair.alice.sendAll()
    pair.clock.advance(by: .seconds(10))
    #expect(try pair.alice.bodies(with: "bob") == [.gone(.expired)])
    #expect(try pair.bob.shown(with: "Alice").isEmpty)
    try pair.bob.receiveAll()
    #expect(try pair.bob.bodies(with: "Alice") == [.text("short")])
  }

  @Test func `what expires before it could be sent leaves the queue unsent`() throws {
    let pair = try Pair()
    try pair.alice.say("late", to: "bob", options: limits(0, 60))
    pair.clock.advance(by: .seconds(61))
    try pair.alice.core.eraseDue()
    #expect(try pair.alice.core.outboxCount() == 0)
    try pair.settle()
    #expect(try pair.bob.shown(with: "Alice").isEmpty)
  }

  @Test func `after a long absence there are tombstones only, and no event ever had the content`() throws {
    let pair = try Pair()
    try pair.alice.say("gone by then", to: "bob", options: limits(0, 3_600))
    try pair.alice.say("still there", to: "bob")
    try pair.alice.sendAll()
    pair.clock.advance(by: .seconds(3_700))
    try pair.bob.restart()
    try pair.bob.goOnline()
    try pair.bob.receiveAll()
    #expect(try pair.bob.bodies(with: "Alice") == [.gone(.expired), .text("still there")])
    let received = try pair.bob.core.events(after: 0).filter { $0.kind == .messageReceived }
    #expect(received.map(\.message?.body) == [.text("still there")])
    try pair.bob.sendAll()
    try pair.alice.receiveAll()
    #expect(try pair.alice.shown(with: "bob").compactMap(\.deliveredAt).count == 1)
  }

  @Test func `a process that was away destroys what ended meanwhile before it shows anything`() throws {
    let pair = try Pair()
    for number in 0..<520 { try pair.alice.say("\(number)", to: "bob", options: limits(0, 3_600)) }
    pair.clock.advance(by: .seconds(3_601))
    try pair.alice.restart()
    #expect(try pair.alice.bodies(with: "bob").allSatisfy { $0 == .gone(.expired) })
    try pair.alice.withVault { vault throws in
      #expect(try vault.read { try $0.dueMessages(at: .max, limit: 10) } == [])
      #expect(try vault.read { try $0.messageContent(id: 520) } == nil)
    }
  }

  // MARK: The conversation's timer

  @Test func `a timer holds for both sides, is shown to both, and leaves earlier messages alone`() throws {
    let pair = try Pair()
    try pair.alice.say("before", to: "bob")
    try pair.settle()
    try pair.alice.setTimer(.afterRead, 30, with: "bob")
    try pair.alice.say("under it", to: "bob")
    try pair.settle()
    let setting = try TimerSetting(mode: .afterRead, seconds: 30)
    #expect(try pair.bob.timer(with: "Alice") == setting)
    #expect(try pair.alice.lines(with: "bob") == [InfoLine(kind: .timerChanged(setting), isOwn: true)])
    #expect(try pair.bob.lines(with: "Alice") == [InfoLine(kind: .timerChanged(setting), isOwn: false)])
    try pair.bob.say("mine too", to: "Alice")
    try pair.settle()
    try pair.alice.readAll(of: "bob")
    try pair.bob.readAll(of: "Alice")
    pair.clock.advance(by: .seconds(30))
    #expect(try pair.bob.bodies(with: "Alice") == [.text("before"), .gone(.expired), .gone(.expired)])
    #expect(try pair.alice.bodies(with: "bob") == [.text("before"), .gone(.expired), .gone(.expired)])
    // Turning it off saves nothing that is there, and the lines stay.
    try pair.bob.core.setTimer(.off, with: try pair.bob.contactID("Alice"))
    try pair.settle()
    #expect(try pair.alice.timer(with: "bob") == .off)
    #expect(try pair.alice.lines(with: "bob").count == 2)
  }

  @Test func `nobody takes the last number of a timer, so that no other change could hold`() throws {
    let pair = try Pair()
    try pair.alice.say("hello", to: "bob")
    try pair.settle()
    let hostile = try Operation(
      target: nil, revision: .max, kind: .setTimer(TimerSetting(mode: .afterRead, seconds: 5)))
    try pair.alice.send(raw: hostile, to: "bob")
    try pair.settle()
    #expect(try pair.bob.timer(with: "Alice") == .off)
    try pair.bob.setTimer(.afterRead, 60, with: "Alice")
    try pair.settle()
    let setting = try TimerSetting(mode: .afterRead, seconds: 60)
    #expect(try pair.bob.timer(with: "Alice") == setting && pair.alice.timer(with: "bob") == setting)
  }

  @Test func `two timers set at once end as the shorter one on both sides`() throws {
    for (first, second) in [(60, 30), (30, 60), (0, 45), (45, 0)] as [(UInt32, UInt32)] {
      let pair = try Pair()
      try pair.alice.setTimer(.afterSend, 3_600, with: "bob")
      try pair.settle()
      func set(_ seconds: UInt32, _ party: Party, _ name: String) throws {
        try party.core.setTimer(
          seconds == 0 ? .off : try TimerSetting(mode: .afterRead, seconds: seconds), with: try party.contactID(name))
      }
      try set(first, pair.alice, "bob")
      try set(second, pair.bob, "Alice")
      try pair.settle()
      let shorter = try TimerSetting(mode: .afterRead, seconds: first == 0 || second == 0 ? 45 : 30)
      #expect(try pair.alice.timer(with: "bob") == shorter)
      #expect(try pair.bob.timer(with: "Alice") == shorter)
    }
  }

  @Test func `equal timers set at once have one author on both sides`() throws {
    let pair = try Pair()
    try pair.alice.setTimer(.afterRead, 60, with: "bob")
    try pair.bob.setTimer(.afterSend, 60, with: "Alice")
    try pair.settle()
    let (one, other) = (
      try pair.alice.core.timer(with: try pair.alice.contactID("bob")),
      try pair.bob.core.timer(with: try pair.bob.contactID("Alice"))
    )
    #expect(one.setting == other.setting && one.version == 1 && other.version == 1)
    #expect(one.isSetByMe != other.isSetByMe)
  }

  @Test func `a message that overtakes the change of the timer brings it along`() throws {
    let pair = try Pair()
    try pair.alice.setTimer(.afterRead, 30, with: "bob")
    try pair.alice.say("ahead", to: "bob")
    try pair.alice.sendAll()
    let waiting = try pair.bob.waiting()
    try LyingRelay.deliver([waiting[1]], to: pair.bob)
    #expect(try pair.bob.timer(with: "Alice") == TimerSetting(mode: .afterRead, seconds: 30))
    try LyingRelay.deliver([waiting[0]], to: pair.bob)
    #expect(try pair.bob.lines(with: "Alice").count == 1, "told once")
    // A message with limits of its own says nothing of the timer.
    let other = try Pair()
    try other.alice.say("own", to: "bob", options: limits(10, 0))
    try other.settle()
    #expect(try other.bob.timer(with: "Alice") == .off)
  }

  @Test func `the default timer is announced before the first message of a new conversation`() throws {
    let pair = try Pair()
    let setting = try TimerSetting(mode: .afterSend, seconds: 3_600)
    try pair.alice.core.setDefaultTimer(setting)
    try pair.alice.say("first", to: "bob")
    try pair.settle()
    #expect(try pair.bob.timer(with: "Alice") == setting)
    pair.clock.advance(by: .seconds(3_600))
    #expect(try pair.bob.bodies(with: "Alice") == [.gone(.expired)])
  }

  @Test func `a timer out of bounds is refused`() {
    for seconds in [0, 4, 31_536_001] as [UInt32] {
      #expect(throws: ContentError.notAllowed(.timer)) { try TimerSetting(mode: .afterRead, seconds: seconds) }
    }
    #expect(throws: ContentError.notAllowed(.timer)) { try TimerSetting(mode: .off, seconds: 5) }
  }

  // MARK: Clocks

  @Test func `a clock that goes back never lengthens a life`() throws {
    let pair = try Pair()
    try pair.alice.say("an hour", to: "bob", options: limits(0, 3_600))
    try pair.settle()
    try pair.bob.core.eraseDue()
    pair.clock.advance(by: .seconds(-30 * Self.day))
    try pair.bob.core.eraseDue()
    #expect(try pair.bob.bodies(with: "Alice") == [.text("an hour")])
    pair.clock.advance(by: .seconds(3_600))
    #expect(try pair.bob.bodies(with: "Alice") == [.gone(.expired)])
  }

  @Test func `a clock that goes back while the process is away never lengthens a life`() throws {
    let pair = try Pair()
    try pair.alice.say("an hour", to: "bob", options: limits(0, 3_600))
    try pair.settle()
    try pair.bob.core.eraseDue()
    pair.clock.advance(by: .seconds(-365 * Self.day))
    try pair.bob.restart()
    pair.clock.advance(by: .seconds(3_601))
    #expect(try pair.bob.bodies(with: "Alice") == [.gone(.expired)])
  }

  @Test func `a clock that stands still or slows down is noticed by the one that nobody sets`() throws {
    let wall = ManualClock()
    let steady = ManualClock(WallTime(seconds: 500))
    let pair = try Pair()
    try pair.bob.withVault { vault throws in
      let environment = MessagingEnvironment(
        clock: wall, randomness: SeededRandomness("steady"), jitter: SeededRandomness("steady"),
        steadyClock: Steady(clock: steady))
      let core = try Messenger.open(vault, environment: environment)
      let me = try core.noteToSelf()
      let note = try core.send(
        text: "a minute", file: nil, to: me.id,
        options: SendOptions(limits: MessageLimits(readSeconds: 0, maximumAgeSeconds: 60)))
      steady.advance(by: .seconds(59))
      try core.eraseDue()
      #expect(try core.message(note.id).body == .text("a minute"))
      steady.advance(by: .seconds(2))
      try core.eraseDue()
      #expect(try core.message(note.id).body == .gone(.expired))
    }
  }

  @Test func `a clock that jumps ahead ends lives early, and putting it right brings nothing back`() throws {
    let pair = try Pair()
    try pair.alice.say("an hour", to: "bob", options: limits(0, 3_600))
    try pair.settle()
    pair.clock.advance(by: .seconds(365 * Self.day))
    try pair.bob.core.eraseDue()
    pair.clock.advance(by: .seconds(-365 * Self.day))
    try pair.bob.core.eraseDue()
    #expect(try pair.bob.bodies(with: "Alice") == [.gone(.expired)])
    // What comes afterwards lives as long as it should.
    try pair.alice.say("another", to: "bob", options: limits(0, 3_600))
    try pair.alice.sendAll()
    try pair.bob.receiveAll()
    pair.clock.advance(by: .seconds(3_599))
    #expect(try pair.bob.bodies(with: "Alice").last == .text("another"))
    pair.clock.advance(by: .seconds(1))
    #expect(try pair.bob.bodies(with: "Alice").last == .gone(.expired))
  }

  @Test func `neither sender nor relay makes a message live longer by dating it later`() throws {
    let pair = try Pair()
    pair.clock.advance(by: .seconds(1_000))
    // Alice's clock is a day ahead of Bob's; both the sealed time and the relay's say so.
    try pair.alice.say("dated tomorrow", to: "bob", options: limits(0, 100))
    try pair.alice.sendAll()
    pair.clock.advance(by: .seconds(-300))
    try pair.bob.receiveAll()
    #expect(try pair.bob.bodies(with: "Alice") == [.text("dated tomorrow")])
    pair.clock.advance(by: .seconds(100))
    #expect(try pair.bob.bodies(with: "Alice") == [.gone(.expired)])
  }

  private struct Steady: SteadyClock {
    let clock: ManualClock
    func now() -> Duration { .milliseconds(clock.now().milliseconds) }
  }
}
