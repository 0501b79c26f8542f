import ByteLayout
import KeyAgreement
import Messaging
import Primitives
import RelayWire
import SealedSender
import SecretMemory
import TestSupport
import Testing
import Vault
import Verification

/// What somebody can do who has got one of the keys, and no more (attacks 1, 5, 11).
@Suite struct StolenKeyTests {
  @Test func `a contact who has another's session message cannot pass it on as their own`() throws {
    let pair = try Pair()
    let carol = try pair.carol()
    try pair.settle()
    try pair.alice.say("from alice", to: "bob")
    try pair.alice.sendAll()
    let stored = try #require(try pair.bob.waiting().last)
    // Bob's sealing key has leaked: Carol knows what is inside, and puts it into an envelope of her own.
    let stolen = try pair.bob.opened(stored)
    let passedOn = try carol.sealed(stolen.payload, stolen.kind, to: pair.bob)
    let report = try pair.bob.core.receive(
      try LyingRelay.page(for: pair.bob, [passedOn]), mailbox: try pair.bob.mailbox.id)
    #expect(report.accepted == 0)
    #expect(try pair.bob.transcript(with: "Carol").isEmpty)
    #expect(try LyingRelay.deliver([stored], to: pair.bob).accepted == 1)
    #expect(try pair.bob.transcript(with: "Alice").last == "<from alice")
  }

  @Test func `a forged first message of an authentic stranger costs no one-time prekey`() throws {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    try pair.alice.sendAll()
    let stored = try #require(try pair.bob.waiting().first)
    let opened = try pair.bob.opened(stored)
    #expect(opened.kind == .sessionStart)
    let before = try pair.bob.oneTimePrekeyCount()
    // The sealed layer and the session start are authentic; what the ratchet should open is not.
    for index in [opened.payload.count - 1, opened.payload.count - 40] {
      var forged = opened.payload
      forged[index] ^= 1
      let envelope = try pair.alice.sealed(forged, .sessionStart, to: pair.bob)
      let report = try pair.bob.core.receive(
        try LyingRelay.page(for: pair.bob, [envelope]), mailbox: try pair.bob.mailbox.id)
      #expect(report.accepted == 0)
    }
    #expect(try pair.bob.oneTimePrekeyCount() == before)
    #expect(try pair.bob.core.contacts().isEmpty)
    #expect(try LyingRelay.deliver([stored], to: pair.bob).accepted == 1)
    #expect(try pair.bob.oneTimePrekeyCount() == before - 1)
  }

  @Test func `after a renewal nothing is sent on the session that was stolen`() throws {
    let (pair, stolen) = try Pair.talking()
    try pair.alice.say("on the old session", to: "bob")
    try pair.alice.sendAll()
    let old = try pair.bob.sessionID(of: try #require(try pair.bob.waiting().last))
    try pair.settle()
    // Bob is set back to what was stolen; what he cannot read any more makes him renew the session.
    try pair.bob.setSessions(stolen)
    try pair.alice.say("cannot be read", to: "bob")
    try pair.settle()
    try pair.pass(600)
    for (sender, receiver, name) in [(pair.alice, pair.bob, "bob"), (pair.bob, pair.alice, "Alice")] {
      try sender.say("afterwards", to: name)
      try sender.sendAll()
      let new = try receiver.sessionID(of: try #require(try receiver.waiting().last))
      #expect(new != old, "\(sender.name) sends on another session")
      try receiver.receiveAll()
    }
    #expect(try pair.bob.transcript(with: "Alice").contains("<cannot be read"), "and nothing was lost")
  }
}

extension Party {
  /// What is inside an envelope: with the sealing key, but without any session.
  fileprivate func opened(_ stored: StoredEnvelope) throws -> (kind: EnvelopeKind, payload: [UInt8]) {
    let mailbox = try mailbox.mailbox
    var result: (kind: EnvelopeKind, payload: [UInt8])?
    try withVault { vault in
      result = try vault.read { transaction in
        guard
          let archive = try transaction.sealingKeyPrivate(
            sealID: try SealedEnvelope.sealID(of: stored.envelope.bytes))
        else { return nil }
        let pair = try X25519KeyPair(scalar: archive.slice(0..<32))
        let opened = try SealedEnvelope.openSender(
          stored.envelope.bytes, mailbox: mailbox.bytes, envelopeID: stored.envelopeID.bytes, sealingKeyPair: pair,
          sealSecret: SealingSecret(archive.slice(32..<64)))
        return (opened.kind, try opened.openBody(sealingKeyPair: pair))
      }
    }
    return try #require(result)
  }

  /// The session of the message inside an envelope that carries no start.
  fileprivate func sessionID(of stored: StoredEnvelope) throws -> FixedBytes<16> {
    let opened = try opened(stored)
    #expect(opened.kind == .sessionMessage)
    return try SessionMessage.parse(opened.payload[...]).sessionID
  }

  /// An envelope of this device, whatever is inside.
  fileprivate func sealed(
    _ payload: [UInt8], _ kind: EnvelopeKind, to recipient: Party
  ) throws -> (id: EnvelopeID, envelope: Envelope) {
    let own = try core.ownAccount()
    let (mailbox, sealID, sealKey) = try recipient.sealingKey()
    let randomness = SeededRandomness("stolen \(payload.count) \(name)")
    let id: FixedBytes<16> = randomness.fixed()
    var envelope: [UInt8] = []
    try withVault { vault in
      envelope = try vault.read { transaction in
        guard let seed = try transaction.deviceSecret(DeviceSecret(rawValue: 1)) else { return [] }
        return try SealedEnvelope.seal(
          payload: payload, kind: kind,
          sender: SealedSenderIdentity(
            account: own.accountID, device: own.device, deviceKey: VerifyingKey(own.deviceKey)),
          senderAgreementKeyPair: try Ed25519SigningKey(seed: seed).agreementKeyPair(), mailbox: mailbox,
          envelopeID: id, sealID: sealID, sealKey: sealKey, sealSecret: nil, randomness: randomness)
      }
    }
    return (EnvelopeID(id), try Envelope(envelope))
  }

  private func sealingKey() throws -> (mailbox: FixedBytes<32>, id: UInt32, key: X25519PublicKey) {
    let mailbox = try mailbox.mailbox.bytes
    var result: (UInt32, X25519PublicKey)?
    try withVault { vault in
      result = try vault.read { transaction in
        guard let record = try transaction.currentSealingKey(),
          let archive = try transaction.sealingKeyPrivate(sealID: record.sealID)
        else { return nil }
        return (record.sealID, try X25519KeyPair(scalar: archive.slice(0..<32)).publicKey)
      }
    }
    let (id, key) = try #require(result)
    return (mailbox, id, key)
  }

  fileprivate func oneTimePrekeyCount() throws -> Int {
    var count = 0
    try withVault { vault in count = try vault.read { try $0.liveOneTimePrekeyCount() } }
    return count
  }
}
