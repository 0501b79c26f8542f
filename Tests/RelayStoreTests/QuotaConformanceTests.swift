import Ambient
import ByteLayout
import RelayCore
import RelayStore
import RelayWire
import TestSupport
import Testing

@Suite struct `A full mailbox` {
  /// 160 envelopes: 10 for a contact, 16 for all requests and 4 for one.
  private var tuning: StoreTuning {
    var tuning = StoreTuning()
    tuning.quota = MailboxQuota(envelopes: 160, bytes: 160 * 4_096)
    return tuning
  }

  private func admit(
    _ mailbox: OpenMailbox, _ store: any MailboxStore, _ tags: [AdmissionTag], _ admissionClass: AdmissionClass
  ) async throws {
    let entries = try tags.map { tag in
      try AdmissionEntry(
        hash: AdmissionRules.hash(mailbox: mailbox.mailbox, tag: tag), fromDay: StoreFixture.start.day,
        untilDay: StoreFixture.start.day + 60, uses: 0, admissionClass: admissionClass, rights: [.put])
    }
    try await store.setAdmission(try AdmissionChange(mailbox: mailbox.mailbox, add: entries))
  }

  /// Puts until one is refused.
  private func fill(
    _ mailbox: OpenMailbox, _ store: any MailboxStore, _ tag: AdmissionTag, from start: Int, byteCount: Int = 1_024
  ) async throws -> Int {
    for count in 0..<1_000 {
      let put = try mailbox.envelope(start + count, byteCount: byteCount, tag: tag)
      if try await store.put(put) == .overQuota { return count }
    }
    return 1_000
  }

  @Test func `takes no more from one contact, and the next contact's all the same`() async throws {
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let other = AdmissionTag(fixed(0x67))
    try await admit(mailbox, store, [other], .contact)
    #expect(try await fill(mailbox, store, mailbox.tag, from: 0) == 10)
    #expect(try await fill(mailbox, store, other, from: 1_000, byteCount: 4_096) == 10)
    // What is stored is answered as before, and no refusal took a number.
    #expect(try await store.put(try mailbox.envelope(0)) == .repeated(storedAt: 1_790_000_000))
    #expect(try await store.put(try mailbox.envelope(0, content: 99)) == .conflict)
    #expect(try await store.page(mailbox.mailbox, after: 0).head == 20)
  }

  @Test func `is limited by bytes as by number`() async throws {
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    #expect(try await fill(mailbox, store, mailbox.tag, from: 0, byteCount: 16_384) == 2)
  }

  @Test func `gives all requests together a tenth, also after a restart, and contacts keep theirs`() async throws {
    let fixture = try StoreFixture(tuning: tuning)
    let mailbox = try await OpenMailbox(try fixture.mailboxStore)
    let tags = (0..<8).map { AdmissionTag(numbered(100 + $0)) }
    try await admit(mailbox, try fixture.mailboxStore, tags, .request)
    var counts: [Int] = []
    for (index, tag) in tags.enumerated() {
      counts.append(try await fill(mailbox, try fixture.mailboxStore, tag, from: 1_000 * (index + 1)))
      if index == 4 { try await fixture.reopen(tuning) }
    }
    #expect(counts == [4, 4, 4, 4, 0, 0, 0, 0])
    #expect(try await fill(mailbox, try fixture.mailboxStore, mailbox.tag, from: 0) == 10)
  }

  @Test func `of envelopes takes new ones once the owner has acknowledged`() async throws {
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    #expect(try await fill(mailbox, store, mailbox.tag, from: 0) == 10)
    try await store.acknowledge(mailbox.mailbox, upTo: 10)
    let again = try await fill(mailbox, store, mailbox.tag, from: 100)
    #expect(again == 10)
    // A sender who never pauses is not refused for what was collected long ago.
    try await store.acknowledge(mailbox.mailbox, upTo: 20)
    for number in 200..<300 {
      guard case .stored(_, let seq) = try await store.put(try mailbox.envelope(number)) else {
        Issue.record("refused at \(number)")
        return
      }
      try await store.acknowledge(mailbox.mailbox, upTo: seq - 2)
    }
  }

  @Test func `is full for own devices at last, whoever filled it`() async throws {
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let contacts = (0..<20).map { AdmissionTag(numbered(200 + $0)) }
    let own = AdmissionTag(fixed(0x68))
    try await admit(mailbox, store, contacts, .contact)
    try await admit(mailbox, store, [own], .ownDevices)
    var total = 0
    for (index, tag) in contacts.enumerated() {
      total += try await fill(mailbox, store, tag, from: 1_000 * (index + 1))
    }
    #expect(total == 120)
    #expect(try await fill(mailbox, store, own, from: 100_000) == 40)
    #expect(try await fill(mailbox, store, mailbox.tag, from: 0) == 0)
  }

  @Test func `is told only to who is admitted, and ephemeral envelopes need no room`() async throws {
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await fill(mailbox, store, mailbox.tag, from: 0)
    #expect(try await store.put(try mailbox.envelope(99, tag: AdmissionTag(fixed(0x44)))) == .notAdmitted)
    #expect(try await store.put(try mailbox.envelope(98, isEphemeral: true)) == .acceptedEphemeral)
    #expect(try await store.put(try mailbox.envelope(97)) == .overQuota)
  }

  @Test func `of bytes has room again for what expired, was retracted, or was acknowledged`() async throws {
    var tuning = tuning
    tuning.quota = MailboxQuota(envelopes: 16_000, bytes: 16 * 4_096)
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let tags = (0..<40).map { AdmissionTag(numbered(300 + $0)) }
    try await admit(mailbox, store, tags, .ownDevices)
    let token = DeletionToken(fixed(0x71))
    func put(_ number: Int) async throws -> PutOutcome {
      let plain = try mailbox.envelope(number, byteCount: 4_096, tag: tags[number], retention: .day)
      return try await store.put(
        PutCommand(
          mailbox: plain.mailbox, envelopeID: plain.envelopeID, tag: plain.tag, envelope: plain.envelope,
          retention: .day, deletionHash: SenderTokens.hash(token)))
    }
    for number in 0..<16 { #expect(try await put(number) != .overQuota) }
    #expect(try await put(16) == .overQuota)
    try await store.retract(try mailbox.envelope(3), token)
    #expect(try await put(16) != .overQuota)
    #expect(try await put(17) == .overQuota)
    try await store.acknowledge(mailbox.mailbox, upTo: 2)
    try await store.removeExpired()
    for number in 17...18 { #expect(try await put(number) != .overQuota) }
    #expect(try await put(19) == .overQuota)
    fixture.clock.advance(by: .seconds(86_400))
    try await store.removeExpired()
    for number in 19..<35 { #expect(try await put(number) != .overQuota) }
    #expect(try await put(35) == .overQuota)
  }
}
