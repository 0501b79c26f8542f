import ByteLayout
import KeyAgreement
import Primitives
import SecretMemory
import TestSupport
import Testing
import Verification

@Suite("Suite 2 (Protocol §5, C2, C4)") struct PostQuantumHandshakeTests {
  let alice: Person
  let bob: Person

  init() throws {
    alice = try Person("alice")
    bob = try Person("bob")
  }

  private func begin(
    by initiator: Person? = nil, with responder: Person? = nil, oneTime: Bool = false,
    lowestSuite: Suite = .lowestSpoken, _ seed: String = "ephemeral"
  ) throws -> InitiatedSession {
    let (initiator, responder) = (initiator ?? alice, responder ?? bob)
    return try InitiatorHandshake.begin(
      own: initiator.identity, peer: responder.account, peerEntry: responder.entry, bundle: responder.bundle,
      oneTimePrekey: oneTime ? responder.record : nil, now: issued, newestBundleIDSeen: nil, replaces: nil,
      lists: initiator.lists, lowestSuite: lowestSuite, randomness: SeededRandomness(seed))
  }

  private func accept(
    _ start: SessionStart, id: SessionID, at responder: Person? = nil, from entry: DeviceEntry? = nil,
    signedPrekey: borrowing SignedPrekey, oneTime: borrowing OneTimePrekey? = nil,
    lowestSuite: Suite = .lowestSpoken
  ) throws -> SessionSecrets {
    let responder = responder ?? bob
    return try ResponderHandshake.accept(
      own: responder.identity, start: start, claimedSessionID: id, initiator: alice.account,
      initiatorEntry: entry ?? alice.entry, signedPrekey: signedPrekey, bundleHash: responder.bundle.hash,
      oneTimePrekey: oneTime, lowestSuite: lowestSuite)
  }

  /// The id that a forger computes for a start that it has changed.
  private func fittingID(_ start: SessionStart, key: MLKEMPublicKey) throws -> SessionID {
    SessionContext(
      suite: start.suite, purpose: start.purpose, purposeID: start.purposeID, replaces: start.replaces,
      initiator: .init(account: alice.account, device: .first, deviceKey: alice.identity.deviceKey),
      responder: .init(account: bob.account, device: .first, deviceKey: bob.identity.deviceKey),
      bundleHash: bob.bundle.hash, ephemeralKey: start.ephemeralKey, oneTimePrekey: nil,
      kem: .init(publicKey: key, ciphertext: try #require(start.encapsulated).ciphertext)
    ).sessionID
  }

  // MARK: - Which suite

  @Test func `without a word about it suite 3 is spoken, and suite 1 only where it is asked for and all there is`()
    throws
  {
    let start = try begin().start
    #expect(start.suite == .tripleRatchet && start.encapsulated?.prekeyID == 9)
    #expect(try begin(lowestSuite: .x3dh).start.suite == .tripleRatchet)
    let old = try Person("bob", suites: .x3dhOnly)
    #expect(old.bundle.signedBytes.count == 282 && old.recordBytes.count == 101)
    let begun = try begin(with: old, lowestSuite: .x3dh)
    let (oldStart, id) = (begun.start, begun.secrets.sessionID)
    #expect(oldStart.suite == .x3dh && oldStart.bytes.count == 77 + 359)
    let accepted = try accept(oldStart, id: id, at: old, signedPrekey: old.signedPrekey, lowestSuite: .x3dh)
    let (left, right) = (bytes(begun.secrets.sharedSecret), bytes(accepted.sharedSecret))
    #expect(left == right)
  }

  @Test func `nobody begins a session with a device that speaks only suite 1`() throws {
    let old = try Person("bob", suites: .x3dhOnly)
    #expect(throws: KeyAgreementError.suiteRefused(.x3dh)) { _ = try begin(with: old) }
    #expect(throws: KeyAgreementError.suiteRefused(.x3dh)) { _ = try begin(by: old, with: alice) }
  }

  @Test func `a start of suite 1 is refused where both devices list suite 2, and everywhere by nodes`() throws {
    let (oldAlice, oldBob) = (try Person("alice", suites: .x3dhOnly), try Person("bob", suites: .x3dhOnly))
    let begun = try begin(by: oldAlice, with: oldBob, lowestSuite: .x3dh)
    let (start, id) = (begun.start, begun.secrets.sessionID)
    for lowest in [Suite.x3dh, .lowestSpoken] {
      #expect(throws: KeyAgreementError.suiteRefused(.x3dh)) {
        _ = try accept(start, id: id, signedPrekey: bob.signedPrekey, lowestSuite: lowest)
      }
    }
    #expect(throws: KeyAgreementError.suiteRefused(.x3dh)) {
      _ = try accept(start, id: id, at: oldBob, from: oldAlice.entry, signedPrekey: oldBob.signedPrekey)
    }
    _ = try accept(
      start, id: id, at: oldBob, from: oldAlice.entry, signedPrekey: oldBob.signedPrekey, lowestSuite: .x3dh)
  }

  @Test func `a start of a suite that its device or this one does not list is refused`() throws {
    let (oldAlice, oldBob) = (try Person("alice", suites: .x3dhOnly), try Person("bob", suites: .x3dhOnly))
    let begun = try begin()
    let (start, id) = (begun.start, begun.secrets.sessionID)
    #expect(throws: KeyAgreementError.mismatch(.suites)) {
      _ = try accept(start, id: id, from: oldAlice.entry, signedPrekey: bob.signedPrekey)
    }
    #expect(throws: KeyAgreementError.mismatch(.suites)) {
      _ = try accept(start, id: id, at: oldBob, signedPrekey: oldBob.signedPrekey)
    }
    // Lists that do not say what this device speaks do not go with its start.
    #expect(throws: KeyAgreementError.mismatch(.suites)) {
      _ = try InitiatorHandshake.begin(
        own: alice.identity, peer: bob.account, peerEntry: bob.entry, bundle: bob.bundle, oneTimePrekey: nil,
        now: issued, newestBundleIDSeen: nil, replaces: nil, lists: oldAlice.lists, randomness: SeededRandomness("x"))
    }
  }

  @Test func `a device of before suite 3 is met in suite 2`() throws {
    let earlier = SuiteSet.withoutTripleRatchet
    #expect(earlier.highestCommon(with: .current) == .pqxdh)
    #expect(SuiteSet.current.highestCommon(with: .x3dhOnly) == .x3dh)
    let carol = try Person("carol", suites: earlier)
    let begun = try begin(with: carol)
    let (start, id) = (begun.start, begun.secrets.sessionID)
    #expect(start.suite == .pqxdh && begun.secrets.suite == .pqxdh)
    #expect(try accept(start, id: id, at: carol, signedPrekey: carol.signedPrekey).suite == .pqxdh)
    // A list of suites that somebody has shortened is not under the signature of the account; the signed one counts.
    var list = [UInt8](carol.lists.bytes)
    for index in list.indices where list[index] == 0x06 {
      list[index] = 0x0e
      #expect(throws: KeyAgreementError.self) { _ = try DeviceLists(verifying: list, account: carol.account) }
      list[index] = 0x06
    }
  }

  @Test func `a start of suite 2 is refused where both devices list suite 3`() throws {
    let (oldAlice, oldBob) = (
      try Person("alice", suites: .withoutTripleRatchet), try Person("bob", suites: .withoutTripleRatchet)
    )
    // An attacker who could make Alice believe that Bob lists less: Bob knows better.
    let begun = try begin(by: oldAlice, with: oldBob)
    let (start, id) = (begun.start, begun.secrets.sessionID)
    #expect(start.suite == .pqxdh)
    #expect(throws: KeyAgreementError.suiteRefused(.pqxdh)) {
      _ = try accept(start, id: id, signedPrekey: bob.signedPrekey)
    }
    _ = try accept(start, id: id, at: oldBob, from: oldAlice.entry, signedPrekey: oldBob.signedPrekey)
    // The byte alone: another context, so another session id.
    let current = try begin()
    let currentID = current.secrets.sessionID
    var bytes = current.start.bytes
    #expect(bytes[1] == 3)
    bytes[1] = 2
    let lowered = try SessionStart(bytes)
    #expect(throws: KeyAgreementError.suiteRefused(.pqxdh)) {
      _ = try accept(lowered, id: currentID, signedPrekey: bob.signedPrekey)
    }
    #expect(throws: KeyAgreementError.mismatch(.sessionID)) {
      _ = try accept(lowered, id: currentID, at: oldBob, from: oldAlice.entry, signedPrekey: bob.signedPrekey)
    }
  }

  @Test func `prekeys and the suites of their device go together`() throws {
    let old = try Person("bob", suites: .x3dhOnly)
    let missing = KeyAgreementError.layout(.notAllowed(field: "KEM prekey"))
    for (identity, prekeys) in [(bob, old), (old, bob)] {
      #expect(throws: missing) { _ = try prekeys.oneTimePrekey.record(signedBy: identity.identity) }
      #expect(throws: missing) {
        _ = try PrekeyBundle.signed(
          by: identity.identity, signedPrekey: prekeys.signedPrekey, issuedAt: issued, sealID: 3,
          sealKey: bob.sealKey.publicKey)
      }
    }
    #expect(throws: missing) { _ = try old.signedPrekey.archive() }
    #expect(throws: missing) { _ = try old.oneTimePrekey.archive() }
  }

  // MARK: - Re-encapsulation (attack 23)

  @Test func `the key of last resort serves many sessions, each with a secret of its own`() throws {
    var secrets: Set<[UInt8]> = []
    for number in 0..<3 {
      let begun = try begin("ephemeral \(number)")
      let accepted = try accept(begun.start, id: begun.secrets.sessionID, signedPrekey: bob.signedPrekey)
      let (left, right) = (bytes(begun.secrets.sharedSecret), bytes(accepted.sharedSecret))
      #expect(left == right)
      secrets.insert(left)
    }
    #expect(secrets.count == 3)
  }

  @Test func `a start for another KEM key, or with another ciphertext, is another session`() throws {
    let begun = try begin()
    let (start, id) = (begun.start, begun.secrets.sessionID)
    // The same numbers and X25519 keys, another KEM key.
    let other = SignedPrekey(
      bundleID: 9, keyPair: try bob.signedPrekey.keyPair.duplicate(),
      lastResort: try KEMPrekey(id: 9, from: SeededRandomness("other")))
    #expect(throws: KeyAgreementError.mismatch(.sessionID)) { _ = try accept(start, id: id, signedPrekey: other) }
    // Somebody who got the secret encapsulates it, or another one, again.
    for index in [79, 1_000, 1_646] {
      let changed = try SessionStart(flipping(start.bytes, at: index))
      #expect(throws: KeyAgreementError.mismatch(.sessionID)) {
        _ = try accept(changed, id: id, signedPrekey: bob.signedPrekey)
      }
    }
  }

  @Test func `a ciphertext that was not made for the key is no error: the secret is another one`() throws {
    let begun = try begin()
    let right = bytes(begun.secrets.sharedSecret)
    let changed = try SessionStart(flipping(begun.start.bytes, at: 100))
    let id = try fittingID(changed, key: try #require(bob.bundle.lastResort).publicKey)
    let accepted = try accept(changed, id: id, signedPrekey: bob.signedPrekey)
    let wrong = bytes(accepted.sharedSecret)
    #expect(wrong != right)
  }

  @Test func `the KEM prekey is that of the other keys and no other`() throws {
    let (plain, oneTime) = (try begin().start, try begin(oneTime: true).start)
    #expect(plain.encapsulated?.prekeyID == 9 && oneTime.encapsulated?.prekeyID == 17)
    let bundles = try #require(bob.bundle.lastResort?.publicKey)
    var swapped = plain.bytes
    swapped.replaceSubrange(75..<79, with: u32(17))
    let start = try SessionStart(swapped)
    #expect(throws: KeyAgreementError.mismatch(.kemPrekeyID)) {
      _ = try accept(start, id: try fittingID(start, key: bundles), signedPrekey: bob.signedPrekey)
    }
    swapped = oneTime.bytes
    swapped.replaceSubrange(75..<79, with: u32(9))
    let prekey: OneTimePrekey? = try OneTimePrekey(id: 17, archive: try bob.oneTimePrekey.archive())
    #expect(throws: KeyAgreementError.mismatch(.kemPrekeyID)) {
      _ = try accept(
        try SessionStart(swapped), id: SessionID(FixedBytes()), signedPrekey: bob.signedPrekey, oneTime: prekey)
    }
  }

  // MARK: - Bytes

  @Test func `a ciphertext that is too short or missing is refused`() throws {
    let cut = try begin().start.replacing(lists: nil).bytes
    #expect(cut.count == 1_650 && cut[1_647...].elementsEqual([0, 1, 0]))
    for count in [1, 4, 100, 1_567, 1_568, 1_572] {
      var short = cut
      short.removeSubrange(75..<75 + count)
      #expect(throws: LayoutError.self, "\(count) bytes less") { try SessionStart(short) }
    }
    // Suite 1's byte in front of suite 2's fields.
    var relabelled = cut
    relabelled[1] = 1
    #expect(throws: LayoutError.self) { try SessionStart(relabelled) }
  }

  @Test func `keys of another type or size, and keys that are not reduced, are refused although they are signed`()
    throws
  {
    func bundle(_ edit: (inout [UInt8]) throws -> Void) throws -> PrekeyBundle {
      var raw = try RawBundle(of: bob)
      try edit(&raw.lastResort)
      return try PrekeyBundle(
        verifying: try raw.signed(by: bob.identity.signingKey), account: bob.account, entry: bob.entry)
    }
    for type: UInt8 in [0x05, 0x06, 0x00, 0xff] {
      #expect(throws: KeyAgreementError.layout(.unknownValue(field: "KEM key type", value: Int(type)))) {
        try bundle { $0[4] = type }
      }
    }
    // ML-KEM-768's type, before a key of the larger set.
    #expect(throws: KeyAgreementError.layout(.notAllowed(field: "KEM key"))) { try bundle { $0[4] = 0x08 } }
    #expect(throws: KeyAgreementError.layout(.notAllowed(field: "KEM prekey id"))) {
      try bundle { $0.replaceSubrange(0..<4, with: u32(0)) }
    }
    #expect(throws: KeyAgreementError.layout(.notAllowed(field: "KEM key"))) {
      try bundle { $0.replaceSubrange(5..<8, with: [0xff, 0xff, 0xff]) }
    }
    #expect(throws: KeyAgreementError.self) { try bundle { $0 = [] } }
    #expect(throws: KeyAgreementError.self) { try bundle { $0.removeLast() } }
    #expect(throws: KeyAgreementError.self) { try bundle { $0.append(0) } }
    let small = try MLKEMKeyPair(.mlKEM768, from: SeededRandomness("small")).publicKey
    #expect(throws: KeyAgreementError.self) { try bundle { $0 = u32(9) + EncodedKEMKey(small).bytes } }
    #expect(throws: KeyAgreementError.layout(.notAllowed(field: "KEM key"))) {
      _ = try KEMPrekey(id: 1, keyPair: try MLKEMKeyPair(.mlKEM768, from: SeededRandomness("small")))
    }
  }

  @Test func `an encoded key says which set it is of`() throws {
    for (parameters, type, count) in [(MLKEMParameters.mlKEM768, UInt8(8), 1_185), (.mlKEM1024, 10, 1_569)] {
      let key = try MLKEMKeyPair(parameters, from: SeededRandomness("pair")).publicKey
      let encoded = EncodedKEMKey(key).bytes
      #expect(encoded.count == count && encoded[0] == type)
      #expect(try EncodedKEMKey(validating: encoded[...]).key == key)
      #expect(throws: LayoutError.notAllowed(field: "KEM key")) { try EncodedKEMKey(validating: encoded.dropLast()) }
    }
    #expect(throws: LayoutError.truncated(needed: 1, left: 0)) { try EncodedKEMKey(validating: []) }
  }

  @Test func `prekeys come back from their archives, and only from whole ones`() throws {
    let archive = try bob.signedPrekey.archive()
    let count = archive.byteCount
    #expect(count == 96)
    let again = try SignedPrekey(bundleID: 9, archive: archive)
    let bundle = try PrekeyBundle.signed(
      by: bob.identity, signedPrekey: again, issuedAt: issued, sealID: 3, sealKey: bob.sealKey.publicKey)
    #expect(bundle == bob.bundle)
    let oneTime = try OneTimePrekey(id: 17, archive: try bob.oneTimePrekey.archive())
    #expect(try oneTime.record(signedBy: bob.identity) == bob.recordBytes)
    for count in [0, 32, 95] {
      let short = try SecretBytes(copying: [UInt8](repeating: 1, count: count))
      #expect(throws: KeyAgreementError.primitive(.wrongByteCount(expected: 96, actual: count))) {
        _ = try SignedPrekey(bundleID: 9, archive: short)
      }
    }
  }
}
