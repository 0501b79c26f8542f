import ByteLayout
import FoundationEssentials
import RelayCore
import RelayProofs
import RelayStore
import RelayWire
import TestSupport
import Testing

@Suite struct `An owner` {
  private func nonce(_ byte: UInt8) -> FenceNonce { FenceNonce(fixed(byte)) }
  private func fence(_ generation: UInt64, _ byte: UInt8) -> Fence { Fence(generation: generation, nonce: nonce(byte)) }

  @Test(arguments: StoreUnderTest.allCases)
  func `opens, repeats after a crash, presents and moves on, over restarts`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let mailbox = MailboxID(fixed(0x33))
    let first = try await fixture.mailboxStore.open(mailbox, next: nonce(1))
    guard case .opened(let reply, endsOthers: true) = first else {
      Issue.record("not opened")
      return
    }
    #expect(reply.generation == 1 && !reply.wasRepeat && reply.epoch == 1 && reply.head == 0)
    try await fixture.reopen()
    let repeated = try await fixture.mailboxStore.open(mailbox, next: nonce(1))
    guard case .opened(let again, endsOthers: true) = repeated else {
      Issue.record("not repeated")
      return
    }
    #expect(again.wasRepeat && again.generation == 1)
    #expect(try await fixture.mailboxStore.open(mailbox, fence(1, 1), next: nonce(2)).reply?.generation == 2)
    try await fixture.reopen()
    guard case .opened(_, endsOthers: false) = try await fixture.mailboxStore.open(mailbox, fence(2, 2), next: .none)
    else {
      Issue.record("presenting failed, or ended others")
      return
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `that is a clone is fenced, and changes nothing`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = MailboxID(fixed(0x33))
    _ = try await store.open(mailbox, next: nonce(1))
    _ = try await store.open(mailbox, fence(1, 1), next: nonce(2))
    #expect(try await store.open(mailbox, fence(1, 1), next: nonce(3)) == .fenced)
    #expect(try await store.open(mailbox, fence(1, 1), next: .none) == .fenced)
    #expect(try await store.open(mailbox, next: nonce(4)) == .fenced)
    #expect(try await store.open(MailboxID(fixed(0x34)), fence(1, 1), next: nonce(2)) == .fenced)
    #expect(try await store.open(mailbox, fence(2, 2), next: nonce(5)).reply?.generation == 3)
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `acknowledges cumulatively, never backwards and never beyond the head`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    for number in 1...5 { _ = try await store.put(try mailbox.envelope(number)) }
    try await store.acknowledge(mailbox.mailbox, upTo: 3)
    try await store.acknowledge(mailbox.mailbox, upTo: 2)
    #expect(try await store.page(mailbox.mailbox, after: 3).seqs == [4, 5])
    let early = try await store.page(mailbox.mailbox, after: 0)
    #expect(early.after == 3 && early.seqs == [4, 5])
    try await store.acknowledge(mailbox.mailbox, upTo: 1_000)
    _ = try await store.put(try mailbox.envelope(6))
    #expect(try await store.page(mailbox.mailbox, after: 5).seqs == [6])
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `acknowledges single envelopes, and the cursor passes them when it is their turn`(
    kind: StoreUnderTest
  ) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    for number in 1...6 { _ = try await store.put(try mailbox.envelope(number)) }
    try await store.acknowledge(mailbox.mailbox, upTo: 0, seqs: [3, 2, 6, 99])
    #expect(try await store.page(mailbox.mailbox, after: 0).seqs == Array(1...6))
    try await store.acknowledge(mailbox.mailbox, upTo: 0, seqs: [1])
    let reply = try await store.open(mailbox.mailbox, fence(1, 1), next: .none).reply
    #expect(reply?.acknowledged == 3)
    try await store.acknowledge(mailbox.mailbox, upTo: 5)
    #expect(try await store.open(mailbox.mailbox, fence(1, 1), next: .none).reply?.acknowledged == 6)
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `sees expired envelopes as gaps until it acknowledges them`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.put(try mailbox.envelope(1, retention: .day))
    _ = try await store.put(try mailbox.envelope(2, retention: .week))
    fixture.clock.advance(by: .seconds(86_400))
    let before = try await store.page(mailbox.mailbox, after: 0)
    try await store.removeExpired()
    let after = try await store.page(mailbox.mailbox, after: 0)
    #expect(before == after)
    guard case .gap(let gap) = after.items[0] else {
      Issue.record("no gap")
      return
    }
    #expect(gap.reason == .expired)
    #expect(gap.leaf.envelopeID == EnvelopeID(numbered(1)))
    #expect(gap.leaf.envelopeHash == MailboxLog.hash(try mailbox.envelope(1).envelope))
    #expect(after.envelopes.map(\.seq) == [2])
    try await store.acknowledge(mailbox.mailbox, upTo: 1)
    try await store.removeExpired()
    #expect(try await store.page(mailbox.mailbox, after: 1).seqs == [2])
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `publishes what senders get, each one-time item once`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let lists = try SealedItem(.lists, [UInt8](repeating: 1, count: 1_064))
    let bundle = try SealedItem(.bundle, [UInt8](repeating: 2, count: 2_088))
    let items = try (UInt8(1)...3).map { try SealedItem(.oneTime, [UInt8](repeating: $0, count: 168)) }
    // Nothing published yet looks as not admitted does.
    #expect(try await store.fetchBundle(mailbox.mailbox, mailbox.tag) == .notAdmitted)
    #expect(try await store.publish(try PublishCommand(mailbox: mailbox.mailbox, lists: lists)) == 0)
    #expect(try await store.fetchBundle(mailbox.mailbox, mailbox.tag) == .notAdmitted)
    #expect(
      try await store.publish(try PublishCommand(mailbox: mailbox.mailbox, bundle: bundle, oneTime: items)) == 3)
    for item in items {
      #expect(
        try await store.fetchBundle(mailbox.mailbox, mailbox.tag)
          == .handedOut(try BundleReply(lists: lists, bundle: bundle, oneTime: item)))
    }
    #expect(
      try await store.fetchBundle(mailbox.mailbox, mailbox.tag)
        == .handedOut(try BundleReply(lists: lists, bundle: bundle, oneTime: nil)))
    #expect(try await store.fetchBundle(mailbox.mailbox, AdmissionTag(fixed(9))) == .notAdmitted)
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `replaces the unserved one-time items by a refill in parts`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    func part(_ byte: UInt8, count: Int, replaces: Bool) throws -> PublishCommand {
      try PublishCommand(
        mailbox: mailbox.mailbox,
        oneTime: (0..<count).map { _ in try SealedItem(.oneTime, [UInt8](repeating: byte, count: 168)) },
        replacesOneTime: replaces)
    }
    #expect(try await store.publish(try part(1, count: 5, replaces: true)) == 5)
    #expect(try await store.publish(try part(2, count: 4, replaces: true)) == 4)
    #expect(try await store.publish(try part(3, count: 4, replaces: false)) == 8)
    #expect(try await store.oneTimeLeft(mailbox.mailbox) == 8)
    #expect(
      try await store.open(mailbox.mailbox, fence(1, 1), next: .none).reply?.oneTimeLeft == 8)
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `hands out every one-time item at most once to many at once, also over a restart`(
    kind: StoreUnderTest
  ) async throws {
    let fixture = try kind.make()
    let mailbox = try await OpenMailbox(try fixture.mailboxStore)
    let items = try (0..<100).map { number in
      try SealedItem(.oneTime, numbered(number).array + [UInt8](repeating: 0, count: 152))
    }
    _ = try await fixture.mailboxStore.publish(
      try PublishCommand(
        mailbox: mailbox.mailbox, lists: SealedItem(.lists, [UInt8](repeating: 1, count: 1_064)),
        bundle: SealedItem(.bundle, [UInt8](repeating: 2, count: 2_088)), oneTime: items))
    var served: [SealedItem] = []
    for _ in 1...2 {
      let store = try fixture.mailboxStore
      let round = try await withThrowingTaskGroup(of: SealedItem?.self) { group in
        for _ in 0..<60 {
          group.addTask {
            guard case .handedOut(let reply) = try await store.fetchBundle(mailbox.mailbox, mailbox.tag) else {
              return nil
            }
            return reply.oneTime
          }
        }
        return try await group.reduce(into: [SealedItem]()) { if let item = $1 { $0.append(item) } }
      }
      served += round
      try await fixture.reopen()
    }
    #expect(served.count == 100)
    #expect(Set(served).count == 100)
    #expect(Set(served) == Set(items))
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `closes a mailbox with all that was in it`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let neighbour = try await OpenMailbox(store, 0x34)
    for number in 1...5 { _ = try await store.put([try mailbox.envelope(number), try neighbour.envelope(number)]) }
    try await store.close(mailbox.mailbox)
    await #expect(throws: StoreError.noSuchMailbox) { try await store.page(mailbox.mailbox, after: 0) }
    #expect(try await store.put(try mailbox.envelope(1)) == .notAdmitted)
    // Opened anew before the old rows are deleted, it has none of them.
    let anew = try await OpenMailbox(store)
    #expect(try await store.page(anew.mailbox, after: 0).items.isEmpty)
    _ = try await store.put(try anew.envelope(1))
    try await store.removeExpired()
    #expect(try await store.page(anew.mailbox, after: 0).seqs == [1])
    #expect(try await store.page(neighbour.mailbox, after: 0).seqs == Array(1...5))
  }
}
