import Ambient
import ByteLayout
import RelayCore
import RelayProofs
import RelayStore
import RelaySupport
import RelayWire
import TestSupport
import Testing

@Suite struct `The log in a store` {
  @Test(arguments: StoreUnderTest.allCases)
  func `gives out contiguous sequence numbers from 1, per mailbox`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let one = try await OpenMailbox(store)
    let two = try await OpenMailbox(store, 0x34)
    for number in 1...3 {
      let outcomes = try await store.put([try one.envelope(number), try two.envelope(number)])
      let expected = PutOutcome.stored(storedAt: 1_790_000_000, seq: UInt64(number))
      #expect(outcomes == [expected, expected])
    }
    #expect(try await store.page(one.mailbox, after: 0).seqs == [1, 2, 3])
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `goes on with the next number after acknowledging everything and after a restart`(
    kind: StoreUnderTest
  ) async throws {
    let fixture = try kind.make()
    let mailbox = try await OpenMailbox(try fixture.mailboxStore)
    var number = 0
    for _ in 1...4 {
      let store = try fixture.mailboxStore
      for _ in 1...3 {
        number += 1
        #expect(
          try await store.put(try mailbox.envelope(number)) == .stored(storedAt: 1_790_000_000, seq: UInt64(number)))
      }
      try await store.acknowledge(mailbox.mailbox, upTo: UInt64(number))
      try await store.removeExpired()
      #expect(try await store.page(mailbox.mailbox, after: UInt64(number)).items.isEmpty)
      try await fixture.reopen()
    }
    let reply = try #require(
      try await fixture.mailboxStore.open(
        mailbox.mailbox, Fence(generation: 1, nonce: FenceNonce(fixed(1))), next: .none
      ).reply)
    #expect(reply.head == 12)
    #expect(reply.acknowledged == 12)
  }

  /// The heads come from an independent computation (hashlib) of C7.
  @Test(arguments: StoreUnderTest.allCases)
  func `has the chain of C7, at the end of every page and across a restart`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let mailbox = try await OpenMailbox(try fixture.mailboxStore)
    for number in UInt8(1)...3 {
      let put = PutCommand(
        mailbox: mailbox.mailbox, envelopeID: EnvelopeID(fixed(0x40 + number)), tag: mailbox.tag,
        envelope: try Envelope([UInt8](repeating: number, count: 1_024)), retention: .week,
        deletionHash: DeletionHash(fixed(0x50 + number)))
      _ = try await fixture.mailboxStore.put(put)
      try await fixture.reopen()
    }
    let expected = [
      "f6fd4b1c0960a8db6b38be96c179cfbd524348220a43d89a2bda045adf04feea",
      "cfeacad1428894c056d0865aa37a258956d22d1eea92d1cae7064d928ab6470a",
      "4f6966a37924756c221d35dc6f2310c818767807020bf333f97beed27f4a6542",
      "729758b70857bee949fdf6da2c9b6132af0702f7eb9727603c9f7034d855346e",
    ]
    let store = try fixture.mailboxStore
    for limit in 1...3 {
      let page = try await store.page(mailbox.mailbox, after: 0, limit: limit)
      #expect(page.checkpoint.checkpoint.seq == UInt64(limit))
      #expect(page.checkpoint.checkpoint.head.description == expected[limit])
      #expect(page.checkpoint.bytes.count == 181)
    }
    try await store.acknowledge(mailbox.mailbox, upTo: 3)
    #expect(try await store.page(mailbox.mailbox, after: 3).checkpoint.checkpoint.head.description == expected[3])
    let empty = try await OpenMailbox(store, 0x33)
    #expect(empty.mailbox == mailbox.mailbox)
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `can be checked by its reader, page by page`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    for number in 1...20 {
      _ = try await store.put(try mailbox.envelope(number, retention: number % 3 == 0 ? .day : .month))
    }
    fixture.clock.advance(by: .seconds(2 * 86_400))  // every third is a gap now
    var head = MailboxLog.start(relayKey: fixture.key.relayKey, mailbox: mailbox.mailbox)
    var after: UInt64 = 0
    var gaps = 0
    repeat {
      let page = try await store.page(mailbox.mailbox, after: after, limit: 7)
      for item in page.items {
        switch item {
        case .envelope(let envelope):
          head = MailboxLog.head(after: head, envelope.leaf(envelopeHash: MailboxLog.hash(envelope.envelope)))
        case .gap(let gap):
          #expect(gap.reason == .expired)
          #expect(gap.leaf.expiresAt <= UInt64(fixture.clock.now().seconds))
          head = MailboxLog.head(after: head, gap.leaf)
          gaps += 1
        }
      }
      #expect(page.checkpoint.checkpoint.head == head)
      after = page.end
      if !page.more { break }
    } while true
    #expect(after == 20)
    #expect(gaps == 6)
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `is paged by count and by bytes, contiguously`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    for number in 1...40 { _ = try await store.put(try mailbox.envelope(number, byteCount: 65_536)) }
    let page = try await store.page(mailbox.mailbox, after: 0)
    #expect(page.seqs == Array(1...15))  // 15 · 64 KiB and their fields are what a frame holds
    #expect(page.more)
    #expect(page.head == 40)
    _ = try FrameCodec.encode(RelayFrame(requestID: 1, event: .page(page)))
    #expect(try await store.page(mailbox.mailbox, after: 15, limit: 3).seqs == [16, 17, 18])
    #expect(try await store.page(mailbox.mailbox, after: 38, byteLimit: 1).seqs == [39])
    #expect(try await store.page(mailbox.mailbox, after: 40).items.isEmpty)
    let ahead = try await store.page(mailbox.mailbox, after: 45)
    #expect(ahead.items.isEmpty && ahead.head == 40 && !ahead.more)
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `is not there for a mailbox that nobody opened`(kind: StoreUnderTest) async throws {
    let store = try kind.make().mailboxStore
    let nobody = MailboxID(fixed(0x99))
    await #expect(throws: StoreError.noSuchMailbox) { try await store.page(nobody, after: 0) }
    await #expect(throws: StoreError.noSuchMailbox) { try await store.acknowledge(nobody, upTo: 1) }
    await #expect(throws: StoreError.noSuchMailbox) {
      try await store.setAdmission(try AdmissionChange(mailbox: nobody, add: []))
    }
    await #expect(throws: StoreError.noSuchMailbox) { try await store.publish(try PublishCommand(mailbox: nobody)) }
    await #expect(throws: StoreError.noSuchMailbox) { try await store.close(nobody) }
    await #expect(throws: StoreError.noSuchMailbox) { try await store.oneTimeLeft(nobody) }
  }
}
