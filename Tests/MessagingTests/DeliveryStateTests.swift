import Ambient
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Vault

/// How far a message has come, why it did not, and what the other side is told.
@Suite struct DeliveryStateTests {
  @Test func `a message that cannot be delivered for fourteen days fails with the reason, and a retry has the same id`()
    throws
  {
    let pair = try Pair()
    pair.alice.letsThrough = { _ in false }
    try pair.alice.say("patience", to: "bob")
    for _ in 0..<15 {
      try pair.alice.sendAll()
      pair.clock.advance(by: .seconds(86_400))
      try pair.alice.goOnline()
      try pair.bob.goOnline()
    }
    // The network is asked once more, and fails once more.
    while let work = try pair.alice.core.nextSenderWork() {
      try pair.alice.core.senderWorkFailed(work, .unreachable)
    }
    let contact = try pair.alice.core.contact(named: "bob").id
    let failed = try #require(try pair.alice.core.messages(with: contact).last)
    #expect(failed.state == .failed && failed.failure == .timedOut)
    #expect(try pair.alice.core.outboxCount() == 0)
    pair.alice.letsThrough = { _ in true }
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice").isEmpty)
    let again = try pair.alice.core.retry(message: failed.id)
    #expect(again.state == .queued && again.failure == nil && again.messageID == failed.messageID)
    #expect(throws: MessagingError.notFailed) { try pair.alice.core.retry(message: failed.id) }
    try pair.settle()
    let received = try pair.bob.core.messages(with: try pair.bob.core.contact(named: "Alice").id)
    #expect(received.map(\.messageID) == [failed.messageID])
    #expect(try pair.alice.states(with: "bob") == [.delivered])
  }

  @Test func `a refusal for good fails at once, and what it holds up goes on`() throws {
    let pair = try Pair()
    try pair.alice.say("too large for them", to: "bob")
    try pair.alice.say("next", to: "bob")
    let work = try #require(try pair.alice.core.nextSenderWork())
    try pair.alice.core.senderWorkFailed(work, .refused(RelayRefusal(.tooLarge, "")))
    try pair.settle()
    let messages = try pair.alice.core.messages(with: try pair.alice.core.contact(named: "bob").id)
    #expect(messages.map(\.state) == [.failed, .delivered])
    #expect(messages.map(\.failure) == [.tooLarge, nil])
    try pair.pass(120)
    #expect(try pair.bob.transcript(with: "Alice").contains("<next"))
  }

  @Test func `a state never goes back, and each one keeps its own time`() throws {
    let pair = try Pair()
    try pair.alice.say("hello", to: "bob")
    let sentAt = pair.clock.now().seconds
    try pair.alice.sendAll()
    pair.clock.advance(by: .seconds(10))
    try pair.bob.receiveAll()
    try pair.bob.sendAll()
    pair.clock.advance(by: .seconds(10))
    let ids = try pair.bob.core.messages(with: try pair.bob.core.contact(named: "Alice").id).map(\.id)
    try pair.bob.core.markRead(ids)
    try pair.bob.sendAll()
    pair.clock.advance(by: .seconds(10))
    try pair.bob.core.markPlayed(ids)
    try pair.bob.sendAll()
    // The relay turns the receipts around.
    let waiting = try pair.alice.waiting()
    try LyingRelay.deliver(waiting.reversed(), to: pair.alice)
    let message = try #require(
      try pair.alice.core.messages(with: try pair.alice.core.contact(named: "bob").id).last)
    #expect(message.state == .played)
    #expect(message.storedAt?.seconds == sentAt)
    #expect(message.playedAt?.seconds == sentAt + 30)
    let states = try pair.alice.core.events(after: 0).filter {
      $0.kind == .messageState && $0.message?.id == message.id
    }
    #expect(states.count <= 4)
  }

  @Test func `without read receipts nothing of reading is told, and nothing of it is seen`() throws {
    let pair = try Pair()
    try pair.bob.core.setReadReceipts(false)
    #expect(try !pair.bob.core.readReceipts() && pair.alice.core.readReceipts())
    try pair.alice.say("secretly read", to: "bob")
    try pair.settle()
    let ids = try pair.bob.core.messages(with: try pair.bob.core.contact(named: "Alice").id).map(\.id)
    try pair.bob.core.markPlayed(ids)
    try pair.settle()
    #expect(try pair.alice.states(with: "bob") == [.delivered])
    try pair.bob.say("openly read", to: "Alice")
    try pair.settle()
    let hers = try pair.alice.core.messages(with: try pair.alice.core.contact(named: "bob").id).filter {
      $0.direction == .incoming
    }
    try pair.alice.core.markRead(hers.map(\.id))
    try pair.settle()
    #expect(try pair.bob.states(with: "Alice") == [.delivered], "who does not tell is not told")
    try pair.bob.core.setReadReceipts(true)
    try pair.bob.say("openly again", to: "Alice")
    try pair.settle()
    let last = try #require(
      try pair.alice.core.messages(with: try pair.alice.core.contact(named: "bob").id).last)
    try pair.alice.core.markRead([last.id])
    try pair.settle()
    #expect(try pair.bob.states(with: "Alice").last == .read)
  }
}
