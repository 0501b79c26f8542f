import ByteLayout
import KeyAgreement
import Primitives
import SecretMemory
import TestSupport
import Testing
import Verification

@Suite("Session start and context (C4)") struct SessionStartTests {
  let alice: Person
  let bob: Person

  init() throws {
    alice = try Person("alice")
    bob = try Person("bob")
  }

  private func start(
    purpose: SessionPurpose = .normal, replaces: SessionID? = nil, oneTime: Bool = false
  ) throws -> SessionStart {
    try InitiatorHandshake.begin(
      own: alice.identity, peer: bob.account, peerEntry: bob.entry, bundle: bob.bundle,
      oneTimePrekey: oneTime ? bob.record : nil, now: issued, newestBundleIDSeen: nil, purpose: purpose,
      replaces: replaces, lists: alice.lists, randomness: SeededRandomness("ephemeral")
    ).start
  }

  @Test func `a start comes back from its bytes`() throws {
    let replaced = SessionID(try FixedBytes([UInt8](repeating: 4, count: 16)))
    for start in [
      try start(), try start(purpose: .secretChat, replaces: replaced, oneTime: true),
      try start().replacing(lists: nil),
    ] {
      #expect(try SessionStart(start.bytes) == start)
    }
  }

  @Test func `a start is 1649 bytes and its lists`() throws {
    #expect(try start().bytes.count == 1_649 + 1 + 2 + 356)
    #expect(try start().replacing(lists: nil).bytes.count == 1_650)
  }

  @Test func `what follows a start is left to its reader`() throws {
    let start = try start()
    var reader = LayoutReader(start.bytes + [1, 2, 3])
    #expect(try SessionStart(reading: &reader) == start)
    #expect(reader.remainingByteCount == 3)
    #expect(throws: LayoutError.trailingBytes(3)) { try SessionStart(start.bytes + [1, 2, 3]) }
  }

  @Test func `every truncation is refused`() throws {
    let bytes = try start().bytes
    for count in 0..<bytes.count {
      #expect(throws: LayoutError.self, "cut to \(count)") { try SessionStart([UInt8](bytes.prefix(count))) }
    }
  }

  @Test func `every changed byte is refused`() throws {
    let start = try start()
    let bytes = start.bytes
    let id = try context().sessionID
    for index in bytes.indices {
      // The KEM ciphertext is hashed as a whole: every eighth of its bytes stands for the others.
      if (79..<1_647).contains(index), !index.isMultiple(of: 8) { continue }
      for bit: UInt8 in [0x01, 0x80] {
        let outcome = refusal {
          let changed = try SessionStart(flipping(bytes, at: index, bit: bit))
          guard let lists = try changed.lists(of: alice.account) else { throw LayoutError.notAllowed(field: "cut") }
          guard let entry = lists.entry(of: .first, deviceKey: alice.identity.deviceKey) else {
            throw LayoutError.notAllowed(field: "sender")
          }
          _ = try ResponderHandshake.accept(
            own: bob.identity, start: changed, claimedSessionID: id, initiator: alice.account, initiatorEntry: entry,
            signedPrekey: bob.signedPrekey, bundleHash: bob.bundle.hash, oneTimePrekey: nil)
        }
        #expect(outcome != nil, "byte \(index), bit \(bit)")
      }
    }
  }

  @Test func `values that this version does not know are refused`() throws {
    let bytes = try start().bytes
    for (index, value) in [(0, 0), (0, 2), (1, 0), (1, 4), (2, 2), (2, 0xff)] as [(Int, UInt8)] {
      var changed = bytes
      changed[index] = value
      #expect(throws: LayoutError.self, "byte \(index) = \(value)") { try SessionStart(changed) }
    }
    for key in [
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p, another spelling of 0
      "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p + 3
      "0900000000000000000000000000000000000000000000000000000000000080",  // top bit set
    ] {
      var changed = bytes
      changed.replaceSubrange(43..<75, with: try Hexadecimal.decode(key))
      #expect(throws: LayoutError.notAllowed(field: "ephemeral key")) { try SessionStart(changed) }
    }
  }

  @Test func `lists of another account are refused`() throws {
    let start = try start()
    #expect(throws: KeyAgreementError.invalidSignature(.deviceList)) { try start.lists(of: bob.account) }
    #expect(try start.replacing(lists: nil).lists(of: bob.account) == nil)
  }

  // MARK: - Context

  private func context(
    purpose: SessionPurpose = .normal, purposeID: UInt8 = 0, replaces: UInt8? = nil, initiator: Person? = nil,
    initiatorDevice: UInt32 = 1, initiatorKey: Person? = nil, responder: Person? = nil, responderDevice: UInt32 = 1,
    responderKey: Person? = nil, bundle: Person? = nil, ephemeral: X25519PublicKey? = nil,
    oneTime: (UInt32, X25519PublicKey)? = nil, kemKey: Person? = nil, ciphertext: [UInt8]? = nil
  ) throws -> SessionContext {
    let begun = try start()
    let encapsulated = try #require(begun.encapsulated)
    return SessionContext(
      suite: .pqxdh, purpose: purpose, purposeID: try FixedBytes([UInt8](repeating: purposeID, count: 16)),
      replaces: try replaces.map { SessionID(try FixedBytes([UInt8](repeating: $0, count: 16))) },
      initiator: .init(
        account: (initiator ?? alice).account, device: try DeviceNumber(validating: initiatorDevice),
        deviceKey: (initiatorKey ?? alice).identity.deviceKey),
      responder: .init(
        account: (responder ?? bob).account, device: try DeviceNumber(validating: responderDevice),
        deviceKey: (responderKey ?? bob).identity.deviceKey),
      bundleHash: (bundle ?? bob).bundle.hash, ephemeralKey: ephemeral ?? begun.ephemeralKey,
      oneTimePrekey: oneTime.map { .init(id: $0.0, publicKey: $0.1) },
      kem: .init(
        publicKey: try #require((kemKey ?? bob).bundle.lastResort).publicKey,
        ciphertext: try ciphertext.map { try MLKEMCiphertext(validating: $0, .mlKEM1024) } ?? encapsulated.ciphertext))
  }

  @Test func `every field of the context changes the associated data`() throws {
    let carol = try Person("carol")
    let key = carol.sealKey.publicKey
    let plain = try context()
    let others = [
      try context(purpose: .secretChat), try context(purposeID: 1), try context(replaces: 1),
      try context(initiator: carol), try context(initiatorDevice: 2), try context(responder: carol),
      try context(responderDevice: 2), try context(bundle: carol), try context(ephemeral: key),
      try context(oneTime: (17, key)), try context(oneTime: (18, key)),
      try context(oneTime: (17, alice.sealKey.publicKey)), try context(kemKey: carol),
      try context(ciphertext: [UInt8](repeating: 0, count: 1_568)),
    ]
    let hashes = Set(([plain] + others).map(\.hash))
    #expect(hashes.count == others.count + 1)
    #expect(Set(([plain] + others).map(\.sessionID)).count == others.count + 1)
    // Device keys stand in the associated data themselves, in front of the hash.
    for other in [try context(initiatorKey: carol), try context(responderKey: carol)] {
      #expect(other.hash == plain.hash)
      #expect(other.associatedData != plain.associatedData)
    }
  }

  @Test func `initiator and responder cannot be exchanged`() throws {
    let forward = try context()
    let backward = try context(initiator: bob, initiatorKey: bob, responder: alice, responderKey: alice)
    #expect(forward.hash != backward.hash)
    #expect(forward.associatedData.prefix(33).elementsEqual(backward.associatedData[33..<66]))
    #expect(forward.associatedData != backward.associatedData)
  }
}
