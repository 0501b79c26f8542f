import Ambient
import KeyAgreement
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Vault

/// Keys come and go by the clock (Protocol §6, "One-time prekeys").
@Suite struct KeyRotationTests {
  /// What of bob's first keys is left in his vault.
  private func firstKeys(_ party: Party) throws -> (prekey: Bool, sealing: Bool) {
    var result = (prekey: false, sealing: false)
    try party.withVault { vault in
      result = try vault.read { transaction in
        var (prekey, sealing) = (false, false)
        if try transaction.signedPrekeyPrivate(bundleID: 1) != nil { prekey = true }
        if try transaction.sealingKeyPrivate(sealID: 1) != nil { sealing = true }
        return (prekey, sealing)
      }
    }
    return result
  }

  @Test func `signed prekeys change weekly, sealing keys monthly, and the old ones die 45 and 80 days later`() throws {
    let pair = try Pair()
    var bundles: [UInt32: Int] = [:]
    var seals: [UInt32: Int] = [:]
    var deaths = (prekey: 0, sealing: 0)
    for day in 1...112 {
      pair.clock.advance(by: .seconds(86_400))
      try pair.bob.goOnline()
      if day <= 70, day.isMultiple(of: 2) || day == 7 {
        let bundle = try #require(try pair.bobsBundle())
        if bundles[bundle.bundleID] == nil { bundles[bundle.bundleID] = day }
        if seals[bundle.sealID] == nil { seals[bundle.sealID] = day }
      }
      guard [52, 53, 110, 111].contains(day) else { continue }
      let left = try firstKeys(pair.bob)
      if !left.prekey, deaths.prekey == 0 { deaths.prekey = day }
      if !left.sealing, deaths.sealing == 0 { deaths.sealing = day }
    }
    #expect(bundles[2] == 7 && bundles[3] == 14 && bundles[5] == 28)
    #expect(seals[1] == 2 && seals[2] == 30 && seals[3] == 60)
    #expect(deaths.prekey == 7 + 46 && deaths.sealing == 30 + 81)
  }

  @Test func `one-time prekeys are refilled below twenty-five`() throws {
    let pair = try Pair(oneTimePrekeys: 100)
    let mailbox = try pair.bob.mailbox.mailbox
    let link = try InviteLink(text: try pair.bob.invite(.open))
    func fetch() throws {
      _ = try pair.bob.relay.fetchBundle(
        FetchBundleCommand(mailbox: MailboxID(link.mailbox), tag: AdmissionTag(try link.tag())))
    }
    while try pair.bob.relay.oneTimeLeft(mailbox) > 25 { try fetch() }
    try pair.bob.goOnline()
    #expect(try pair.bob.relay.oneTimeLeft(mailbox) == 25)
    try fetch()
    try pair.bob.goOnline()
    #expect(try pair.bob.relay.oneTimeLeft(mailbox) == 100)
  }

  @Test func `two who write once a month keep understanding each other for months`() throws {
    let pair = try Pair()
    for month in 1...4 {
      for _ in 0..<3 {
        pair.clock.advance(by: .seconds(10 * 86_400))
        try pair.settle()
      }
      try pair.alice.say("month \(month)", to: "bob")
      try pair.settle()
      try pair.bob.say("and \(month) to you", to: "Alice")
      try pair.settle()
    }
    #expect(try pair.bob.transcript(with: "Alice").count == 8)
    #expect(try pair.alice.states(with: "bob").allSatisfy { $0 == .delivered })
    #expect(
      try pair.bob.events(.messageUndecryptable).count == 0 && pair.alice.events(.messageUndecryptable).count == 0)
  }
}
