import ByteLayout
import RelayServer
import RelayWire
import Testing

@Suite struct `Which page is read next` {
  private let mailbox = MailboxID(FixedBytes())
  private let other: MailboxID = {
    var bytes = FixedBytes<32>()
    bytes[0] = 1
    return MailboxID(bytes)
  }()

  private func page(_ mailbox: MailboxID, after: UInt64, count: Int, head: UInt64) throws -> MailboxPage {
    let end = after + UInt64(count)
    let items = try (0..<count).map { index in
      MailboxItem.envelope(
        StoredEnvelope(
          seq: after + UInt64(index) + 1, envelopeID: EnvelopeID(FixedBytes()),
          envelope: try Envelope([UInt8](repeating: 0, count: 1_024)), storedAt: 1, expiresAt: 2,
          deletionHash: DeletionHash(FixedBytes())))
    }
    return try MailboxPage(
      mailbox: mailbox, after: after, items: items, checkpoint: try checkpoint(mailbox, seq: min(end, head)),
      more: end < head, head: head, epoch: 1)
  }

  private func checkpoint(_ mailbox: MailboxID, seq: UInt64) throws -> PageCheckpoint {
    .unsigned(
      Checkpoint(relayKey: RelayKey(FixedBytes()), mailbox: mailbox, epoch: 1, seq: seq, head: FixedBytes(), at: 3))
  }

  @Test func `one page is read at a time`() throws {
    var queue = PageQueue()
    queue.subscribe(mailbox, after: 0)
    _ = queue.fetch(try FetchCommand(mailbox: other, after: 4, limit: 7), requestID: 1)
    #expect(queue.next() == PageQueue.Read(mailbox: mailbox, after: 0, limit: 500))
    #expect(queue.next() == nil)
    #expect(queue.finished(try page(mailbox, after: 0, count: 2, head: 2)) == .push)
    #expect(queue.next() == PageQueue.Read(mailbox: other, after: 4, limit: 7))
  }

  @Test func `a subscription goes on where its last page ended, and sleeps at the head`() throws {
    var queue = PageQueue()
    queue.subscribe(mailbox, after: 3)
    #expect(queue.next()?.after == 3)
    #expect(queue.finished(try page(mailbox, after: 3, count: 2, head: 9)) == .push)
    #expect(queue.next()?.after == 5)
    #expect(queue.finished(try page(mailbox, after: 5, count: 4, head: 9)) == .push)
    #expect(queue.next() == nil)
    queue.changed(other)
    #expect(queue.next() == nil)
    queue.changed(mailbox)
    #expect(queue.next()?.after == 9)
    #expect(queue.finished(try page(mailbox, after: 9, count: 0, head: 9)) == .nothing)
    #expect(queue.next() == nil)
  }

  @Test func `what is stored while an empty page is on its way is not missed`() throws {
    var queue = PageQueue()
    queue.subscribe(mailbox, after: 0)
    let fetch = queue.fetch(try FetchCommand(mailbox: mailbox, after: 0, waitMilliseconds: 9), requestID: 5)
    _ = queue.next()
    queue.changed(mailbox)
    #expect(queue.finished(try page(mailbox, after: 0, count: 0, head: 0)) == .nothing)
    let number = try #require(fetch)
    // Both look again: the fetch, whose turn it was anyway, and the subscription.
    #expect(queue.next() != nil)
    #expect(queue.finished(try page(mailbox, after: 0, count: 1, head: 1)) == .answer(id: 5, number: number))
    #expect(queue.next() != nil)
    #expect(queue.finished(try page(mailbox, after: 0, count: 1, head: 1)) == .push)
    #expect(queue.next() == nil)
  }

  @Test func `a waiting fetch is answered when something came or its time is over`() throws {
    var queue = PageQueue()
    let first = queue.fetch(try FetchCommand(mailbox: mailbox, after: 0, waitMilliseconds: 9), requestID: 7)
    let number = try #require(first)
    _ = queue.next()
    #expect(queue.finished(try page(mailbox, after: 0, count: 0, head: 0)) == .nothing)
    #expect(queue.next() == nil)
    queue.waitIsOver(number)
    queue.waitIsOver(number)
    #expect(queue.next() != nil)
    #expect(queue.finished(try page(mailbox, after: 0, count: 0, head: 0)) == .answer(id: 7, number: number))
    #expect(queue.next() == nil)
  }

  @Test func `a head below what the owner has is told at once`() throws {
    var queue = PageQueue()
    let fetch = queue.fetch(try FetchCommand(mailbox: mailbox, after: 50, waitMilliseconds: 9), requestID: 7)
    _ = queue.next()
    let answer = queue.finished(try page(mailbox, after: 50, count: 0, head: 10))
    #expect(answer == .answer(id: 7, number: try #require(fetch)))
    queue.subscribe(mailbox, after: 50)
    _ = queue.next()
    #expect(queue.finished(try page(mailbox, after: 50, count: 0, head: 10)) == .push)
  }

  @Test func `subscribing anew starts from the new place, also while the old page is on its way`() throws {
    var queue = PageQueue()
    queue.subscribe(mailbox, after: 0)
    #expect(queue.next()?.after == 0)
    queue.subscribe(mailbox, after: 20)
    #expect(queue.finished(try page(mailbox, after: 0, count: 2, head: 30)) == .nothing)
    #expect(queue.next()?.after == 20)
    #expect(queue.finished(try page(mailbox, after: 20, count: 10, head: 30)) == .push)
    #expect(queue.next() == nil)
  }

  @Test func `what is forgotten is never answered`() throws {
    var queue = PageQueue()
    queue.subscribe(mailbox, after: 0)
    for id in [4, 3, 9] as [UInt64] {
      _ = queue.fetch(try FetchCommand(mailbox: mailbox, after: 0, waitMilliseconds: 9), requestID: id)
    }
    _ = queue.fetch(try FetchCommand(mailbox: other, after: 0), requestID: 1)
    _ = queue.next()
    #expect(queue.forget(mailbox) == [3, 4, 9])
    #expect(!queue.isSubscribed(mailbox))
    #expect(queue.finished(try page(mailbox, after: 0, count: 1, head: 1)) == .nothing)
    queue.changed(mailbox)
    #expect(queue.next()?.mailbox == other)
    #expect(queue.failed() == 1)
    #expect(queue.next() == nil)
  }

  @Test func `fetches without an answer are limited`() throws {
    var queue = PageQueue()
    let fetch = try FetchCommand(mailbox: mailbox, after: 0, waitMilliseconds: 9)
    for id in 1...UInt64(PageQueue.maximumFetches) { #expect(queue.fetch(fetch, requestID: id) != nil) }
    #expect(queue.fetch(fetch, requestID: 1_000) == nil)
  }
}
