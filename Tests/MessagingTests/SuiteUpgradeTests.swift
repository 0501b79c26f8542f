import Ambient
import ByteLayout
import DoubleRatchet
import KeyAgreement
import Messaging
import Primitives
import RelaySupport
import RelayWire
import SecretMemory
import TestSupport
import Testing
import Vault

/// A vault of before suite 2, as its migration leaves it: lists that name suite 1 only, and no prekeys (Protocol §5.8).
@Suite struct SuiteUpgradeTests {
  @Test func `it lists suite 2, makes prekeys with new numbers and publishes everything at its next start`() throws {
    let pair = try Pair(introduced: false)
    try pair.bob.becomeOfBeforeSuite2()
    let mailbox = try pair.bob.mailbox.mailbox
    let before = try pair.bob.core.ownAccount().listHash
    try pair.bob.goOnline()
    #expect(try pair.bob.core.ownAccount().listHash != before)
    #expect(try pair.bob.relay.oneTimeLeft(mailbox) == 16)
    let bundle = try #require(try pair.bobsBundle())
    #expect(bundle.bundleID == 2 && bundle.suites == .current && bundle.lastResort?.id == 2)
    // Once: the next start changes nothing.
    let after = try pair.bob.core.ownAccount().listHash
    try pair.bob.restart()
    try pair.bob.goOnline()
    #expect(try pair.bob.core.ownAccount().listHash == after)
    #expect(try pair.bobsBundle()?.bundleID == 2)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    try pair.settle()
    try pair.alice.say("hello", to: "bob")
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice") == ["<hello"])
  }

  @Test func `nobody writes to a device that lists suite 1 only, until it lists more`() throws {
    let pair = try Pair(introduced: false)
    let invite = try pair.bob.invite()
    try pair.bob.becomeOfBeforeSuite2()
    try pair.bob.publishSuite1()
    _ = try pair.alice.core.addContact(invite: invite, as: "bob")
    try pair.alice.say("wait for it", to: "bob")
    try pair.alice.sendAll()
    #expect(try pair.bob.receiveAll().accepted == 0)
    #expect(try pair.alice.core.contact(named: "bob").status == .adding)
    try pair.bob.goOnline()
    try pair.pass(3_600)
    #expect(try pair.bob.transcript(with: "Alice") == ["<wait for it"])
  }

  @Test func `a vault of suite 2 lists suite 3 with a bundle that says so, once, and is met in it`() throws {
    let pair = try Pair(introduced: false)
    try pair.bob.becomeOfBeforeSuite3()
    let before = try pair.bob.core.ownAccount().listHash
    try pair.bob.goOnline()
    let after = try pair.bob.core.ownAccount().listHash
    #expect(after != before)
    let bundle = try #require(try pair.bobsBundle())
    #expect(bundle.bundleID == 2 && bundle.suites == .current)
    try pair.bob.restart()
    try pair.bob.goOnline()
    #expect(try pair.bob.core.ownAccount().listHash == after)
    #expect(try pair.bobsBundle()?.bundleID == 2)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    try pair.alice.sendAll()
    #expect(try pair.bob.firstStart().suite == .tripleRatchet)
  }

  @Test func `epochs advance in the padding of short messages, whose envelopes have the size that they had`() throws {
    let pair = try Pair()
    for round in 0..<22 {
      for (sender, receiver, name) in [(pair.alice, pair.bob, "bob"), (pair.bob, pair.alice, "Alice")] {
        try sender.say("message \(round)", to: name)
        try sender.sendAll()
        #expect(try receiver.waiting().allSatisfy { $0.envelope.bytes.count == 1_024 })
        try receiver.receiveAll()
      }
    }
    #expect(try pair.alice.newestEpoch() >= 1)
    #expect(try pair.bob.newestEpoch() >= 1)
  }

  @Test func `the KEM keys of a session are deleted with its one-time prekey, and only then`() throws {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    try pair.alice.sendAll()
    let start = try pair.bob.firstStart()
    let used = try #require(start.oneTimePrekeyID)
    #expect(start.suite == .tripleRatchet && start.encapsulated?.prekeyID == used)
    #expect(try pair.bob.privateByteCount(oneTime: used) == 96)
    try pair.bob.receiveAll()
    #expect(try pair.bob.privateByteCount(oneTime: used) == nil)
    #expect(try pair.bob.privateByteCount(oneTime: used + 1) == 96)
  }
}

extension Party {
  /// Takes everything of suite 2 out of the vault. No list of this account may have been pinned by anybody.
  fileprivate func becomeOfBeforeSuite2() throws {
    try withVault { vault in
      try vault.write { transaction in
        guard let account = try transaction.accountValue(AccountValue(rawValue: 1)),
          let bytes = try transaction.accountValue(AccountValue(rawValue: 3)),
          let rootSeed = try transaction.deviceSecret(DeviceSecret(rawValue: 3)),
          let deviceSeed = try transaction.deviceSecret(DeviceSecret(rawValue: 1))
        else { return }
        let id = try AccountID(validating: try FixedBytes(account.prefix(33)))
        let lists = try DeviceLists(verifying: bytes, account: id)
        let identity = try DeviceIdentity(
          account: id, device: .first, signingKey: try Ed25519SigningKey(seed: deviceSeed), suites: .x3dhOnly)
        let old = try lists.current.entries.map { entry in
          try DeviceEntry(for: identity, role: .manager, addedAt: entry.addedAt, routes: entry.routes)
        }
        let list = try DeviceList.signedByRoot(
          try Ed25519SigningKey(seed: rootSeed), major: 1, issuedAt: lists.current.issuedAt, nextDevice: 2,
          entries: old)
        try transaction.setAccountValue(AccountValue(rawValue: 3), try DeviceLists(root: list).bytes)
        try transaction.supersedeSignedPrekeys(before: .max, at: 0)
        _ = try transaction.deleteSupersededSignedPrekeys(before: 1)
        try transaction.supersedeAllOneTimePrekeys(at: 0)
        _ = try transaction.deleteSupersededOneTimePrekeys(before: 1)
      }
    }
  }

  /// Lists the suites of before suite 3. No list of this account may have been pinned by anybody.
  fileprivate func becomeOfBeforeSuite3() throws {
    try withVault { vault in
      try vault.write { transaction in
        guard let account = try transaction.accountValue(AccountValue(rawValue: 1)),
          let bytes = try transaction.accountValue(AccountValue(rawValue: 3)),
          let rootSeed = try transaction.deviceSecret(DeviceSecret(rawValue: 3))
        else { return }
        let id = try AccountID(validating: try FixedBytes(account.prefix(33)))
        let lists = try DeviceLists(verifying: bytes, account: id)
        let list = try DeviceList.signedByRoot(
          try Ed25519SigningKey(seed: rootSeed), major: 1, issuedAt: lists.current.issuedAt, nextDevice: 2,
          entries: lists.current.entries.map { $0.replacing(suites: .withoutTripleRatchet) })
        try transaction.setAccountValue(AccountValue(rawValue: 3), try DeviceLists(root: list).bytes)
      }
    }
  }

  /// The highest epoch of the post-quantum ratchets of all sessions.
  fileprivate func newestEpoch() throws -> UInt32 {
    var newest: UInt32 = 0
    try withVault { vault in
      try vault.read { transaction in
        for contact in try transaction.contacts() {
          for device in try transaction.peerDevices(contactID: contact.id) {
            for session in try transaction.sessions(peerDeviceID: device.id) {
              let ratchet = try RatchetState(archive: try transaction.sessionArchive(id: session.id))
              newest = max(newest, ratchet.postQuantumEpoch ?? 0)
            }
          }
        }
      }
    }
    return newest
  }

  /// Publishes what a node of before suite 2 would.
  fileprivate func publishSuite1() throws {
    let mailbox = try mailbox.mailbox
    try withVault { vault in
      try vault.read { transaction in
        guard let account = try transaction.accountValue(AccountValue(rawValue: 1)),
          let lists = try transaction.accountValue(AccountValue(rawValue: 3)),
          let deviceSeed = try transaction.deviceSecret(DeviceSecret(rawValue: 1))
        else { return }
        let id = try AccountID(validating: try FixedBytes(account.prefix(33)))
        let identity = try DeviceIdentity(
          account: id, device: .first, signingKey: try Ed25519SigningKey(seed: deviceSeed), suites: .x3dhOnly)
        let randomness = SeededRandomness("before suite 2")
        let bundle = try PrekeyBundle.signed(
          by: identity,
          signedPrekey: SignedPrekey(bundleID: 1, keyPair: try X25519KeyPair(from: randomness), lastResort: nil),
          issuedAt: UInt64(clock.now().seconds), sealID: 1, sealKey: try X25519KeyPair(from: randomness).publicKey)
        func seal(_ bytes: [UInt8], _ type: PublishedItem.Kind, _ kind: SealedItem.Kind) throws -> SealedItem {
          try SealedItem(
            kind,
            PublishedItem.seal(bytes, kind: type, account: id, mailbox: mailbox.bytes, randomness: randomness))
        }
        try relay.publish(
          PublishCommand(
            mailbox: mailbox, lists: try seal(lists, .lists, .lists),
            bundle: try seal(bundle.signedBytes, .bundle, .bundle), oneTime: [], replacesOneTime: true))
      }
    }
  }

  /// The session start in front of the first message that waits.
  fileprivate func firstStart() throws -> SessionStart {
    let stored = try #require(try waiting().first)
    let mailbox = try mailbox.mailbox
    var start: SessionStart?
    try withVault { vault in
      try vault.read { transaction in start = try self.start(of: stored, at: mailbox, transaction) }
    }
    return try #require(start)
  }

  /// How many bytes of private keys there are of a one-time prekey; nil when it is gone.
  fileprivate func privateByteCount(oneTime id: UInt32) throws -> Int? {
    var count: Int?
    try withVault { vault in
      count = try vault.read { transaction in
        guard let archive = try transaction.oneTimePrekeyPrivate(id: id) else { return nil }
        return archive.byteCount
      }
    }
    return count
  }
}

/// Who has a session knows the sealing secret, and seals with it (C3, version 0x02).
@Suite struct SealingSecretTests {
  private func versions(_ party: Party) throws -> [UInt8] { try party.waiting().map { $0.envelope.bytes[0] } }

  @Test func `only what is sent before the first answer is sealed without the secret`() throws {
    let pair = try Pair(introduced: false)
    _ = try pair.alice.core.addContact(invite: try pair.bob.invite(), as: "bob")
    try pair.alice.say("before an answer", to: "bob")
    try pair.alice.sendAll()
    #expect(Set(try versions(pair.bob)) == [1])
    try pair.bob.receiveAll()
    try pair.bob.say("the answer", to: "Alice")
    try pair.bob.sendAll()
    #expect(Set(try versions(pair.alice)) == [2])
    try pair.settle()
    try pair.alice.say("after it", to: "bob")
    try pair.alice.sendAll()
    #expect(try versions(pair.bob) == [2])
    try pair.bob.receiveAll()
    #expect(
      try pair.bob.transcript(with: "Alice") == ["<before an answer", ">the answer", "<after it"])
  }

  @Test func `a sealing key of before there were secrets is replaced at once, and its envelopes still open`() throws {
    let pair = try Pair()
    try pair.alice.say("to the old key", to: "bob")
    try pair.alice.sendAll()
    let first = try #require(try pair.bobsBundle()).sealID
    try pair.bob.withVault { vault in
      try vault.write { transaction in
        let id = try transaction.greatestSealingKeyID() + 1
        try transaction.insertSealingKey(
          SealingKeyRecord(sealID: id, createdAt: pair.clock.now().seconds),
          privateKey: SecretBytes(copying: [UInt8](repeating: 5, count: 32)))
      }
    }
    try pair.bob.goOnline()
    #expect(try pair.bobsBundle()?.sealID == first + 2)
    try pair.bob.receiveAll()
    #expect(try pair.bob.transcript(with: "Alice") == ["<to the old key"])
  }
}
