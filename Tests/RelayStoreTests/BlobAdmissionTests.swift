import Ambient
import ByteLayout
import RelayCore
import RelayProofs
import RelayWire
import Testing

@Suite struct `Asking for room for a file` {
  private func command(_ mailbox: MailboxID, _ tag: AdmissionTag) throws -> CreateBlobCommand {
    try CreateBlobCommand(
      mailbox: mailbox, tag: tag, fileByteCount: 16_458, retention: .week, blobID: BlobID(FixedBytes()))
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `is admitted by an entry with the right, whose use it takes`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let tag = AdmissionTag(numbered(1))
    let entry = try mailbox.entry(tag: tag, uses: 2, rights: [.put, .blob])
    try await store.setAdmission(try AdmissionChange(mailbox: mailbox.mailbox, add: [entry]))
    let admitted = BlobAdmission.admitted(entry: AdmissionRules.hash(mailbox: mailbox.mailbox, tag: tag))
    #expect(try await store.admitBlob(try command(mailbox.mailbox, tag)) == admitted)
    try await fixture.reopen()
    let later = try fixture.mailboxStore
    #expect(try await later.admitBlob(try command(mailbox.mailbox, tag)) == admitted)
    #expect(try await later.admitBlob(try command(mailbox.mailbox, tag)) == .notAdmitted)
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `is refused alike for unknown mailbox, unknown tag, out of days and without the right`(
    kind: StoreUnderTest
  ) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let day = StoreFixture.start.day
    let tags = (1...3).map { AdmissionTag(numbered($0)) }
    try await store.setAdmission(
      try AdmissionChange(
        mailbox: mailbox.mailbox,
        add: [
          mailbox.entry(tag: tags[0], from: day - 2, until: day - 1, rights: .all),
          mailbox.entry(tag: tags[1], from: day + 1, rights: .all),
          mailbox.entry(tag: tags[2], rights: [.put, .bundle]),
        ]))
    let unknown = AdmissionTag(numbered(9))
    for tag in tags + [unknown] {
      #expect(try await store.admitBlob(try command(mailbox.mailbox, tag)) == .notAdmitted)
    }
    #expect(try await store.admitBlob(try command(MailboxID(fixed(0x77)), tags[0])) == .notAdmitted)
  }
}
