import ByteLayout
import RelayCore
import RelayWire
import Testing

@Suite struct `Admission` {
  private func state(
    from: UInt32 = 100, until: UInt32 = 102, uses: UInt16 = 0, used: UInt16 = 0,
    rights: AdmissionRights = [.put, .bundle]
  ) throws -> AdmissionState {
    AdmissionState(
      entry: try AdmissionEntry(
        hash: AdmissionHash(Sample.fixed(1)), fromDay: from, untilDay: until, uses: uses, admissionClass: .contact,
        rights: rights), used: used)
  }

  @Test func `the relay knows a tag by the hash of C9`() {
    let hash = AdmissionRules.hash(mailbox: Sample.mailbox, tag: AdmissionTag(Sample.fixed(0x66)))
    #expect(hash.bytes.description == "622d34458b7b0cbf03fe2720bc1ef078")
  }

  @Test func `a tag admits on its first and its last day, and on no other`() throws {
    let state = try state()
    for day in [100, 101, 102] as [UInt32] { #expect(AdmissionRules.admits(state, to: .put, day: day)) }
    for day in [0, 99, 103, .max] as [UInt32] { #expect(!AdmissionRules.admits(state, to: .put, day: day)) }
  }

  @Test func `a tag admits as often as its uses say`() throws {
    #expect(AdmissionRules.admits(try state(uses: 16, used: 15), to: .put, day: 101))
    #expect(!AdmissionRules.admits(try state(uses: 16, used: 16), to: .put, day: 101))
    #expect(AdmissionRules.admits(try state(uses: 0, used: .max), to: .put, day: 101))
  }

  @Test func `a tag admits to its rights only`() throws {
    let state = try state(rights: [.put])
    #expect(AdmissionRules.admits(state, to: .put, day: 101))
    #expect(!AdmissionRules.admits(state, to: .bundle, day: 101))
    #expect(!AdmissionRules.admits(state, to: [.put, .blob], day: 101))
  }

  @Test func `what was not found does not admit`() {
    #expect(!AdmissionRules.admits(nil, to: .put, day: 101))
  }
}
