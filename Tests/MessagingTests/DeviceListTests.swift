import Ambient
import ByteLayout
import KeyAgreement
import Messaging
import Primitives
import RelaySupport
import RelayWire
import SecretMemory
import TestSupport
import Testing
import Vault
import Verification

/// Device lists that change, and lists that contradict each other (Protocol §4, "Pinned lists").
@Suite struct DeviceListTests {
  /// Makes a new device list for the party's account, as its manager would, and takes it over as its own.
  private func change(
    _ party: Party, issuedAt: UInt64, addingDevice: Bool, removingLast: Bool = false, after old: DeviceLists? = nil,
    keeps: Bool = true
  ) throws -> DeviceLists {
    var result: DeviceLists?
    try party.withVault { vault in
      try vault.write { transaction in
        let account = try AccountID(
          validating: FixedBytes<33>(try #require(try transaction.accountValue(AccountValue(rawValue: 1))).prefix(33)))
        let current = try DeviceLists(
          verifying: try #require(try transaction.accountValue(AccountValue(rawValue: 3))), account: account)
        let lists = old ?? current
        guard let seed = try transaction.deviceSecret(DeviceSecret(rawValue: 1)) else { return }
        let identity = try DeviceIdentity(
          account: account, device: .first, signingKey: try Ed25519SigningKey(seed: seed))
        var entries = lists.current.entries
        if removingLast { entries.removeLast() }
        if addingDevice {
          let second = try DeviceIdentity(
            account: account, device: try DeviceNumber(validating: lists.current.nextDevice),
            signingKey: try Ed25519SigningKey(from: SeededRandomness("second \(issuedAt)")))
          entries.append(
            try DeviceEntry(
              for: second, role: .ordinary, addedAt: issuedAt,
              // A mailbox of its own, which nobody has opened yet.
              routes: try entries.prefix(1).flatMap(\.routes).map {
                try RelayRoute(host: $0.host, relayKey: $0.relayKey, mailbox: second.deviceKey.bytes)
              }))
        }
        let changed = try lists.adding(
          managed: try DeviceList.signedByManager(
            identity, following: lists, issuedAt: issuedAt,
            nextDevice: lists.current.nextDevice + (addingDevice ? 1 : 0), entries: entries))
        if keeps { try transaction.setAccountValue(AccountValue(rawValue: 3), changed.bytes) }
        result = changed
      }
    }
    return try #require(result)
  }

  private func now(_ pair: Pair) -> UInt64 { UInt64(clamping: pair.clock.now().seconds) }

  @Test func `a new list is noticed by its version in a message, fetched, and told when devices change`() throws {
    let (pair, _) = try Pair.talking()
    _ = try change(pair.bob, issuedAt: now(pair), addingDevice: false)
    try pair.bob.goOnline()
    try pair.bob.say("with the same device", to: "Alice")
    try pair.settle()
    #expect(try pair.alice.events(.identityChanged).count == 0)
    try pair.alice.say("still here", to: "bob")
    try pair.settle()
    #expect(try pair.bob.transcript(with: "Alice").contains("<still here"))
    _ = try change(pair.bob, issuedAt: now(pair) + 1, addingDevice: true)
    try pair.bob.goOnline()
    try pair.bob.say("with two", to: "Alice")
    try pair.settle()
    try pair.alice.say("I see", to: "bob")
    try pair.alice.sendAll()
    #expect(try pair.alice.events(.identityChanged) == (1, 2))
    #expect(try pair.alice.core.heldDevices(contact: try pair.alice.core.contact(named: "bob").id) == nil)
  }

  @Test func `a verified contact's new devices get nothing until the list is accepted by its hash`() throws {
    let (pair, _) = try Pair.talking()
    let contact = try pair.alice.core.contact(named: "bob").id
    try pair.alice.core.markVerified(contact: contact)
    let lists = try change(pair.bob, issuedAt: now(pair), addingDevice: true)
    try pair.bob.goOnline()
    try pair.bob.say("I have a new telephone", to: "Alice")
    try pair.settle()
    try pair.alice.say("held", to: "bob")
    for _ in 0..<5 {
      try pair.settle()
      pair.clock.advance(by: .seconds(1_000))
    }
    #expect(try pair.alice.states(with: "bob").last == .queued)
    #expect(try pair.alice.events(.identityChanged) == (1, 2))
    #expect(
      try pair.alice.transcript(with: "bob").contains("<I have a new telephone"), "the pinned device is still read")
    let held = try #require(try pair.alice.core.heldDevices(contact: contact))
    #expect(!held.isEquivocation && held.choices == [lists.current.hash])
    #expect(throws: MessagingError.wrongListHash) {
      try pair.alice.core.acceptDevices(contact: contact, listHash: FixedBytes())
    }
    try pair.alice.core.acceptDevices(contact: contact, listHash: lists.current.hash)
    #expect(try pair.alice.core.heldDevices(contact: contact) == nil)
    #expect(throws: MessagingError.nothingToAccept("bob")) {
      try pair.alice.core.acceptDevices(contact: contact, listHash: lists.current.hash)
    }
    let before = pair.alice.putCount
    try pair.alice.sendAll()
    #expect(pair.alice.putCount > before)
    try pair.bob.receiveAll()
    #expect(try pair.bob.transcript(with: "Alice").contains("<held"))
  }

  @Test func `two lists of one version are both kept, told once, and hold everything`() throws {
    let (pair, _) = try Pair.talking()
    let contact = try pair.alice.core.contact(named: "bob").id
    let original = try change(pair.bob, issuedAt: now(pair), addingDevice: false, keeps: false)
    _ = original
    let first = try change(pair.bob, issuedAt: now(pair), addingDevice: false)
    try pair.bob.goOnline()
    try pair.bob.say("first list", to: "Alice")
    try pair.settle()
    try pair.alice.say("pins it", to: "bob")
    try pair.settle()
    // The same version again, with another content: signed by the same manager.
    let root = try DeviceLists(root: first.root)
    let second = try change(pair.bob, issuedAt: now(pair) + 9, addingDevice: true, after: root)
    #expect(second.version == first.version && second.bytes != first.bytes)
    try pair.bob.goOnline()
    for number in 1...3 { try pair.bob.say("second list \(number)", to: "Alice") }
    try pair.settle()
    #expect(try pair.alice.events(.equivocation).count == 1)
    try pair.alice.say("held", to: "bob")
    try pair.settle()
    #expect(try pair.alice.states(with: "bob").last == .queued)
    let held = try #require(try pair.alice.core.heldDevices(contact: contact))
    #expect(held.isEquivocation && held.proof.count == 2 && held.proof[0] == first.bytes)
    #expect(held.choices.contains(first.current.hash))
    // The user keeps the list that was pinned.
    try pair.alice.core.acceptDevices(contact: contact, listHash: first.current.hash)
    try pair.alice.sendAll()
    #expect(try pair.alice.states(with: "bob").last == .stored)
  }

  @Test func `a contact that names a list nobody has makes one fetch a message, and no more`() throws {
    let (pair, _) = try Pair.talking()
    // Bob claims a version that his relay does not have: it is not published.
    _ = try change(pair.bob, issuedAt: now(pair), addingDevice: true)
    try pair.bob.say("look at my list", to: "Alice")
    try pair.bob.sendAll()
    try pair.alice.receiveAll()
    try pair.alice.say("which one?", to: "bob")
    var fetches = 0
    while let work = try pair.alice.core.nextSenderWork() {
      switch work {
      case .fetchBundle(let fetch):
        fetches += 1
        try pair.alice.core.bundleFetched(
          fetch, reply: try pair.bob.relay.fetchBundle(fetch.command), relayKey: pair.bob.relay.relayKey)
      case .put(let put): try pair.alice.core.putStored(put, receipt: try pair.bob.relay.put(put.command))
      case .upload(let upload): try pair.alice.core.uploaded(upload)
      }
      guard fetches < 10 else { break }
    }
    #expect(fetches == 1)
    #expect(try pair.alice.states(with: "bob").last == .stored)
  }

  @Test func `a message whose recipient has no device left fails with that reason`() throws {
    let (pair, _) = try Pair.talking()
    let contact = try pair.alice.core.contact(named: "bob").id
    try pair.alice.say("is anybody there?", to: "bob")
    try pair.alice.withVault { vault in
      try vault.write { transaction in
        // Another key than the list has: the device of the list was revoked, and nothing is known of a new one.
        for var device in try transaction.peerDevices(contactID: contact) {
          device.body[1] ^= 1
          try transaction.updatePeerDevice(device)
        }
      }
    }
    try pair.alice.sendAll()
    let message = try #require(try pair.alice.core.messages(with: contact).last)
    #expect(message.state == .failed && message.failure == .noDevice)
    #expect(try pair.alice.core.outboxCount() == 0)
    #expect(try pair.alice.events(.messageState).count > 0)
  }

  @Test func `a message that only a revoked device lacks is stored`() throws {
    let (pair, _) = try Pair.talking()
    let first = try change(pair.bob, issuedAt: now(pair), addingDevice: true)
    try pair.bob.goOnline()
    try pair.bob.say("with two", to: "Alice")
    try pair.settle()
    // The second device has never been at a relay.
    try pair.alice.say("to both", to: "bob")
    try pair.alice.sendAll()
    #expect(try pair.alice.states(with: "bob").last == .queued)
    _ = try change(pair.bob, issuedAt: now(pair) + 1, addingDevice: false, removingLast: true, after: first)
    try pair.bob.goOnline()
    try pair.bob.say("with one again", to: "Alice")
    try pair.bob.sendAll()
    try pair.alice.receiveAll()
    pair.clock.advance(by: .seconds(900))
    try pair.alice.sendAll()
    #expect(try pair.alice.states(with: "bob").last == .stored)
    #expect(try pair.alice.core.outboxCount() == 0)
  }
}
