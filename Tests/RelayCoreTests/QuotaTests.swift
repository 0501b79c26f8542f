import RelayCore
import RelayWire
import Testing

@Suite struct `A mailbox's quota` {
  private let quota = MailboxQuota(envelopes: 4_000, bytes: 4_000 * 1_024)

  private func amount(_ envelopes: UInt64, _ bytes: UInt64? = nil) -> WaitingShare.Amount {
    WaitingShare.Amount(envelopes: envelopes, bytes: bytes ?? envelopes * 1_024)
  }

  private func admits(
    _ admissionClass: AdmissionClass, whole: WaitingShare.Amount, together: WaitingShare.Amount = .init(),
    single: WaitingShare.Amount = .init()
  ) -> Bool {
    quota.admits(
      byteCount: 1_024, of: admissionClass,
      beside: MailboxQuota.Load(whole: whole, sameClass: together, sameEntry: single))
  }

  @Test(arguments: AdmissionClass.allCases)
  func `takes the last envelope that fits and none more, by number and by bytes`(admissionClass: AdmissionClass) {
    #expect(admits(admissionClass, whole: amount(3_999)))
    #expect(!admits(admissionClass, whole: amount(4_000)))
    #expect(admits(admissionClass, whole: amount(1, 4_000 * 1_024 - 1_024)))
    #expect(!admits(admissionClass, whole: amount(1, 4_000 * 1_024 - 1_023)))
  }

  @Test(arguments: zip(AdmissionClass.allCases, [250, 100, 500, 2_000] as [UInt64]))
  func `leaves one entry its share`(admissionClass: AdmissionClass, share: UInt64) {
    #expect(admits(admissionClass, whole: amount(0), single: amount(share - 1)))
    #expect(!admits(admissionClass, whole: amount(0), single: amount(share)))
    #expect(!admits(admissionClass, whole: amount(0), single: amount(1, share * 1_024 - 1_023)))
  }

  @Test func `leaves requests a tenth together, contacts and groups three quarters each`() {
    #expect(admits(.request, whole: amount(0), together: amount(399)))
    #expect(!admits(.request, whole: amount(0), together: amount(400)))
    for admissionClass in [AdmissionClass.contact, .group] {
      #expect(admits(admissionClass, whole: amount(0), together: amount(2_999)))
      #expect(!admits(admissionClass, whole: amount(0), together: amount(3_000)))
    }
    #expect(admits(.ownDevices, whole: amount(0), together: amount(3_999)))
  }

  @Test func `refuses with one answer, that says nothing of how full anything is`() {
    let result = PutResult(PutAnswer(outcome: .overQuota), envelopeID: EnvelopeID(Sample.fixed(1)))
    #expect(result == .refused(.overQuota))
    #expect(RelayRefusal.overQuota.code == .overQuota)
    #expect(RelayRefusal.overQuota.retryAfterSeconds == 900)
    #expect(!RelayRefusal.overQuota.explanation.contains { $0.isNumber })
  }
}

@Suite struct `What somebody has waiting` {
  @Test func `is counted, and dropped when the owner acknowledged it`() {
    var share = WaitingShare()
    for seq in UInt64(1)...5 {
      share.settle(acknowledged: 0, head: seq - 1)
      share.add(byteCount: 1_024)
    }
    #expect(share.amount == .init(envelopes: 5, bytes: 5_120))
    share.settle(acknowledged: 5, head: 5)
    #expect(share.amount == .init())
  }

  @Test func `is never less than what waits, whatever the order of puts and acknowledgements`() {
    var generator = SystemRandomNumberGenerator()
    for _ in 1...200 {
      var share = WaitingShare()
      var mine: [UInt64] = []
      var (head, acknowledged) = (UInt64(0), UInt64(0))
      for _ in 1...200 {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: head += 1  // somebody else's
        case 1: acknowledged = UInt64.random(in: acknowledged...head, using: &generator)
        default:
          share.settle(acknowledged: acknowledged, head: head)
          share.add(byteCount: 2)
          head += 1
          mine.append(head)
        }
        share.settle(acknowledged: acknowledged, head: head)
        let waiting = UInt64(mine.count { $0 > acknowledged })
        #expect(share.amount.envelopes >= waiting)
        #expect(share.amount.bytes == 2 * share.amount.envelopes)
      }
      share.settle(acknowledged: head, head: head)
      share.settle(acknowledged: head, head: head)
      #expect(share.amount == .init())
    }
  }

  @Test func `does not grow for ever while sender and owner keep pace without a pause`() {
    var share = WaitingShare()
    for seq in UInt64(1)...10_000 {
      share.settle(acknowledged: seq > 10 ? seq - 10 : 0, head: seq - 1)
      share.add(byteCount: 1)
      #expect(share.amount.envelopes <= 30)
    }
  }
}
