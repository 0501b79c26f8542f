import ByteLayout
import RelayProofs
import RelayWire
import Testing

@Suite struct `Work for an envelope of a stranger` {
  private func work(
    relay: UInt8 = 1, mailbox: UInt8 = 2, envelope: UInt8 = 3
  ) throws -> RequestWork {
    RequestWork(
      relayKey: RelayKey(try FixedBytes([UInt8](repeating: relay, count: 32))),
      mailbox: MailboxID(try FixedBytes([UInt8](repeating: mailbox, count: 32))),
      envelopeID: EnvelopeID(try FixedBytes([UInt8](repeating: envelope, count: 16))))
  }

  @Test func `that was found is done, for its day and those beside it`() async throws {
    let found = try #require(await work().search(bits: 12, day: 20_000))
    #expect(found.day == 20_000)
    for today in 19_999...20_001 { #expect(try work().isDone(by: found, bits: 12, today: UInt32(today))) }
    for today in [0, 19_998, 20_002, UInt32.max] { #expect(try !work().isDone(by: found, bits: 12, today: today)) }
  }

  @Test func `counts for one relay, one mailbox, one envelope and one day`() async throws {
    let found = try #require(await work().search(bits: 16, day: 20_000))
    #expect(try !work(relay: 9).isDone(by: found, bits: 16, today: 20_000))
    #expect(try !work(mailbox: 9).isDone(by: found, bits: 16, today: 20_000))
    #expect(try !work(envelope: 9).isDone(by: found, bits: 16, today: 20_000))
    #expect(try !work().isDone(by: ProofOfWork(day: 20_001, nonce: found.nonce), bits: 16, today: 20_000))
    #expect(try !work().isDone(by: ProofOfWork(day: 20_000, nonce: found.nonce + 1), bits: 16, today: 20_000))
  }

  @Test func `is these bytes hashed`() throws {
    // printf 'Sotto_PutWork_v1\0' ‖ 01×32 ‖ 02×32 ‖ 03×16 ‖ 00004e20 ‖ nonce, hashed with sha256sum: the first nonce with
    // 12 zero bits.
    #expect(try work().isDone(by: ProofOfWork(day: 20_000, nonce: Self.firstNonce), bits: 12, today: 20_000))
    #expect(try !work().isDone(by: ProofOfWork(day: 20_000, nonce: Self.firstNonce), bits: 32, today: 20_000))
  }

  @Test func `is not searched for beyond what a relay may ask, nor when nobody wants it any more`() async throws {
    let work = try work()
    #expect(await work.search(bits: RequestWork.maximumBits + 1, day: 1) == nil)
    let search = Task { await work.search(bits: RequestWork.maximumBits, day: 1) }
    search.cancel()
    #expect(await search.value == nil)
  }

  @Test func `the search finds the first nonce`() async throws {
    #expect(await (try work()).search(bits: 12, day: 20_000)?.nonce == Self.firstNonce)
  }

  private static let firstNonce: UInt64 = 796
}
