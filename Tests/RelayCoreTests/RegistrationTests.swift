import ByteLayout
import RelayCore
import RelayWire
import Testing

@Suite struct `Registration` {
  private let grant = RegistrationGrant(hash: FixedBytes(), uses: 2, expiresAt: 1_000)

  @Test func `that is open asks nobody, and closed takes nobody`() {
    #expect(RegistrationRules.refusal(.open, grant: nil, used: 0, now: 0) == nil)
    #expect(RegistrationRules.refusal(.closed, grant: grant, used: 0, now: 0) == .closed)
  }

  @Test func `by token takes one that has uses left and is not over`() {
    #expect(RegistrationRules.refusal(.token, grant: grant, used: 1, now: 999) == nil)
    #expect(RegistrationRules.refusal(.token, grant: grant, used: 2, now: 999) == .token)
    #expect(RegistrationRules.refusal(.token, grant: grant, used: 0, now: 1_000) == .token)
    #expect(RegistrationRules.refusal(.token, grant: nil, used: 0, now: 0) == .token)
  }
}
