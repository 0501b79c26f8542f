import ByteLayout
import Dispatch
import FoundationEssentials
import RelayCore
import RelayProofs
import RelayStore
import RelaySupport
import RelayWire
import Synchronization
import TestSupport
import Testing

@Suite struct `A receipt of a store` {
  private func receipt(_ put: PutCommand, _ answer: PutAnswer) -> StoredReceipt? {
    guard case .stored(let receipt) = PutResult(answer, envelopeID: put.envelopeID) else { return nil }
    return receipt
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `proves its envelope, and 64 of one group share one signature`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let puts = try (1...64).map { try mailbox.envelope($0) }
    let answers = try await store.answers(puts)
    #expect(fixture.key.count(of: StoredRoot.label) == 1)
    for (put, answer) in zip(puts, answers) {
      #expect(try #require(receipt(put, answer)).proves(put, relayKey: fixture.key.relayKey))
      #expect(answer.proof.count == 142 + 6 * 32)
    }
    #expect(try #require(receipt(puts[0], answers[1])).proves(puts[0], relayKey: fixture.key.relayKey) == false)
  }

  @Test func `shares its signature with whatever else waited for the commit`() async throws {
    let reached = DispatchSemaphore(value: 0)
    let goesOn = DispatchSemaphore(value: 0)
    let blocks = Mutex(false)
    var tuning = StoreTuning()
    tuning.beforeCommit = {
      guard blocks.withLock({ $0 }) else { return }
      reached.signal()
      goesOn.wait()
    }
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    blocks.withLock { $0 = true }
    async let first = store.answers([try mailbox.envelope(0)])
    await withCheckedContinuation { done in
      DispatchQueue.global().async {
        reached.wait()
        done.resume()
      }
    }
    // The writer is inside a commit: these wait, and make the next group together.
    blocks.withLock { $0 = false }
    let finished = DispatchSemaphore(value: 0)
    for number in 1...40 { store.put([try mailbox.envelope(number)]) { _ in finished.signal() } }
    #expect(fixture.key.count(of: StoredRoot.label) == 0)
    goesOn.signal()
    _ = try await first
    await withCheckedContinuation { done in
      DispatchQueue.global().async {
        for _ in 1...40 { finished.wait() }
        done.resume()
      }
    }
    #expect(fixture.key.count(of: StoredRoot.label) == 2)
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `that is repeated has the first time under a new root`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    let put = try mailbox.envelope(1)
    let first = try await store.answers([put])[0]
    fixture.clock.advance(by: .seconds(100))
    let again = try await store.answers([put])[0]
    #expect(again.outcome == .repeated(storedAt: 1_790_000_000))
    #expect(again.proof != first.proof)
    #expect(try #require(receipt(put, again)).proves(put, relayKey: fixture.key.relayKey))
    #expect(try StoredReceiptProof([UInt8](again.proof)).root.at == 1_790_000_100)
    try await store.acknowledge(mailbox.mailbox, upTo: 1)
    try await store.removeExpired()
    let settled = try await store.answers([put])[0]
    #expect(try #require(receipt(put, settled)).proves(put, relayKey: fixture.key.relayKey))
  }

  @Test(arguments: StoreUnderTest.allCases)
  func `is not signed for what is not stored`(kind: StoreUnderTest) async throws {
    let fixture = try kind.make()
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    _ = try await store.answers([try mailbox.envelope(1)])
    let answers = try await store.answers([
      try mailbox.envelope(1, content: 0xCC), try mailbox.envelope(2, tag: AdmissionTag(numbered(9))),
      try mailbox.envelope(3, isEphemeral: true),
    ])
    #expect(answers.map(\.outcome) == [.conflict, .notAdmitted, .acceptedEphemeral])
    #expect(answers.allSatisfy { $0.proof.isEmpty })
    #expect(fixture.key.count(of: StoredRoot.label) == 1)
  }

  @Test func `is not signed before its commit, and never for a group that failed`() async throws {
    let fails = Mutex(false)
    let signedBeforeCommit = Mutex<[Int]>([])
    let key = Mutex<TestRelayKey?>(nil)
    var tuning = StoreTuning()
    tuning.beforeCommit = {
      if let key = key.withLock({ $0 }) {
        signedBeforeCommit.withLock { $0.append(key.count(of: StoredRoot.label)) }
      }
      if fails.withLock({ $0 }) { throw StoreError.unavailable }
    }
    let fixture = try StoreFixture(tuning: tuning)
    let store = try fixture.mailboxStore
    let mailbox = try await OpenMailbox(store)
    key.withLock { $0 = fixture.key }
    for number in 1...3 { _ = try await store.answers([try mailbox.envelope(number)]) }
    #expect(signedBeforeCommit.withLock { $0 } == [0, 1, 2])
    fails.withLock { $0 = true }
    await #expect(throws: StoreError.unavailable) { try await store.answers([try mailbox.envelope(4)]) }
    #expect(fixture.key.count(of: StoredRoot.label) == 3)
  }
}
