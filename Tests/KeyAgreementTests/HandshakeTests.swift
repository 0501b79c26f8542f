import ByteLayout
import KeyAgreement
import Primitives
import SecretMemory
import TestSupport
import Testing
import Verification

@Suite("Handshake (Protocol §5, C4)") struct HandshakeTests {
  let alice: Person
  let bob: Person

  init() throws {
    alice = try Person("alice")
    bob = try Person("bob")
  }

  private func begin(
    oneTime: Bool = true, purpose: SessionPurpose = .normal, replaces: SessionID? = nil, lists: Bool = true
  ) throws -> InitiatedSession {
    try InitiatorHandshake.begin(
      own: alice.identity, peer: bob.account, peerEntry: bob.entry, bundle: bob.bundle,
      oneTimePrekey: oneTime ? bob.record : nil, now: issued, newestBundleIDSeen: nil, purpose: purpose,
      replaces: replaces, lists: lists ? alice.lists : nil, randomness: SeededRandomness("ephemeral"))
  }

  private func accept(
    _ start: SessionStart, id: SessionID, from entry: DeviceEntry? = nil, of account: AccountID? = nil
  ) throws(KeyAgreementError) -> SessionSecrets {
    if start.oneTimePrekeyID == bob.oneTimePrekey.id {
      // A box is needed to lend a stored value as an optional: the prekey is made again, as from the vault.
      let oneTime: OneTimePrekey? = try OneTimePrekey(
        id: bob.oneTimePrekey.id, archive: try bob.oneTimePrekey.archive())
      return try ResponderHandshake.accept(
        own: bob.identity, start: start, claimedSessionID: id, initiator: account ?? alice.account,
        initiatorEntry: entry ?? alice.entry, signedPrekey: bob.signedPrekey, bundleHash: bob.bundle.hash,
        oneTimePrekey: oneTime)
    }
    return try ResponderHandshake.accept(
      own: bob.identity, start: start, claimedSessionID: id, initiator: account ?? alice.account,
      initiatorEntry: entry ?? alice.entry, signedPrekey: bob.signedPrekey, bundleHash: bob.bundle.hash,
      oneTimePrekey: nil)
  }

  private func expectEqual(_ left: borrowing SessionSecrets, _ right: borrowing SessionSecrets) {
    let pairs = [
      (bytes(left.sharedSecret), bytes(right.sharedSecret)), (left.associatedData, right.associatedData),
      (bytes(left.exporterInitiatorToResponder), bytes(right.exporterInitiatorToResponder)),
      (bytes(left.exporterResponderToInitiator), bytes(right.exporterResponderToInitiator)),
      (bytes(left.picture), bytes(right.picture)), (left.sessionID.bytes.array, right.sessionID.bytes.array),
    ]
    for (left, right) in pairs { #expect(left == right) }
    #expect(Set(pairs.map(\.0)).count == pairs.count, "all outputs are different values")
  }

  // MARK: - Agreement

  @Test(arguments: [true, false])
  func `both sides agree, with and without a one-time prekey`(oneTime: Bool) throws {
    let begun = try begin(oneTime: oneTime)
    let start = try SessionStart(begun.start.bytes)
    #expect(start.oneTimePrekeyID == (oneTime ? 17 : nil))
    let lists = try #require(try start.lists(of: alice.account))
    let entry = try #require(lists.entry(of: .first, deviceKey: alice.identity.deviceKey))
    let accepted = try accept(start, id: begun.secrets.sessionID, from: entry)
    expectEqual(begun.secrets, accepted)
    #expect(begun.secrets.associatedData.count == 98)
    let initiatorsRemote = begun.secrets.remoteRatchetKey
    let respondersRemote = accepted.remoteRatchetKey
    #expect(initiatorsRemote == bob.signedPrekey.keyPair.publicKey)
    #expect(respondersRemote == nil)
  }

  @Test func `an ephemeral key serves one handshake`() throws {
    let randomness = SeededRandomness("two handshakes")
    var seen: Set<[UInt8]> = []
    for _ in 0..<2 {
      let begun = try InitiatorHandshake.begin(
        own: alice.identity, peer: bob.account, peerEntry: bob.entry, bundle: bob.bundle, oneTimePrekey: nil,
        now: issued, newestBundleIDSeen: nil, replaces: nil, lists: alice.lists, randomness: randomness)
      seen.insert(bytes(begun.secrets.sharedSecret))
      seen.insert(begun.secrets.sessionID.bytes.array)
      seen.insert(begun.start.ephemeralKey.bytes.array)
    }
    #expect(seen.count == 6)
  }

  // MARK: - The pieces must belong together (attacks 1, 2)

  @Test func `a bundle of another device is refused before any key is agreed`() throws {
    let mallory = try Person("mallory")
    for (bundle, entry, peer, field) in [
      (mallory.bundle, bob.entry, bob.account, KeyAgreementError.MatchedField.account),
      (bob.bundle, mallory.entry, bob.account, .deviceKey),
      (bob.bundle, bob.entry, mallory.account, .account),
    ] {
      #expect(throws: KeyAgreementError.mismatch(field)) {
        _ = try InitiatorHandshake.begin(
          own: alice.identity, peer: peer, peerEntry: entry, bundle: bundle, oneTimePrekey: nil, now: issued,
          newestBundleIDSeen: nil, replaces: nil, lists: nil, randomness: SeededRandomness("x"))
      }
    }
  }

  @Test func `a one-time prekey of another device is refused`() throws {
    let mallory = try Person("mallory")
    #expect(throws: KeyAgreementError.mismatch(.account)) {
      _ = try InitiatorHandshake.begin(
        own: alice.identity, peer: bob.account, peerEntry: bob.entry, bundle: bob.bundle,
        oneTimePrekey: mallory.record, now: issued, newestBundleIDSeen: nil, replaces: nil, lists: nil,
        randomness: SeededRandomness("x"))
    }
  }

  @Test func `only lists that name this device go with a start`() throws {
    #expect(throws: KeyAgreementError.mismatch(.account)) {
      _ = try InitiatorHandshake.begin(
        own: alice.identity, peer: bob.account, peerEntry: bob.entry, bundle: bob.bundle, oneTimePrekey: nil,
        now: issued, newestBundleIDSeen: nil, replaces: nil, lists: bob.lists, randomness: SeededRandomness("x"))
    }
  }

  @Test func `an old or superseded bundle begins no session`() throws {
    let sixtyDays: UInt64 = 60 * 86_400
    for (now, seen, expected) in [
      (issued + sixtyDays, UInt32(9), nil),
      (issued + sixtyDays + 1, nil, KeyAgreementError.bundleTooOld(days: 60)),
      (issued, UInt32(10), .bundleSuperseded(bundleID: 9, newestSeen: 10)),
      (issued - 86_400, UInt32(8), nil),
      (issued - 86_401, UInt32(8), .bundleFromFuture(issuedAt: issued)),
    ] as [(UInt64, UInt32?, KeyAgreementError?)] {
      let thrown = refusal { () throws(KeyAgreementError) in
        _ = try InitiatorHandshake.begin(
          own: alice.identity, peer: bob.account, peerEntry: bob.entry, bundle: bob.bundle, oneTimePrekey: nil,
          now: now, newestBundleIDSeen: seen, replaces: nil, lists: nil, randomness: SeededRandomness("x"))
      }
      #expect(thrown == expected)
    }
  }

  // MARK: - Reflection and role confusion (attack 24)

  @Test func `a device begins no session with itself and accepts none from itself`() throws {
    #expect(throws: KeyAgreementError.ownDevice) {
      _ = try InitiatorHandshake.begin(
        own: bob.identity, peer: bob.account, peerEntry: bob.entry, bundle: bob.bundle, oneTimePrekey: nil,
        now: issued, newestBundleIDSeen: nil, replaces: nil, lists: nil, randomness: SeededRandomness("x"))
    }
    let begun = try begin(oneTime: false)
    let (start, id) = (begun.start, begun.secrets.sessionID)
    #expect(throws: KeyAgreementError.ownDevice) {
      _ = try accept(start, id: id, from: bob.entry, of: bob.account)
    }
  }

  @Test func `a start that is sent back to its author opens nothing`() throws {
    let begun = try begin(oneTime: false)
    let (start, id) = (begun.start, begun.secrets.sessionID)
    // Alice's own signed prekey happens to have the same bundle id; Bob reflects her start to her.
    #expect(throws: KeyAgreementError.mismatch(.sessionID)) {
      _ = try ResponderHandshake.accept(
        own: alice.identity, start: start, claimedSessionID: id, initiator: bob.account, initiatorEntry: bob.entry,
        signedPrekey: alice.signedPrekey, bundleHash: alice.bundle.hash, oneTimePrekey: nil)
    }
  }

  @Test func `another sender than the initiator gets another session`() throws {
    let mallory = try Person("mallory")
    let begun = try begin(oneTime: false)
    let (start, id) = (begun.start, begun.secrets.sessionID)
    // Unknown key share: Mallory claims Alice's start as its own, under its account, its key, or both.
    #expect(throws: KeyAgreementError.mismatch(.sessionID)) {
      _ = try accept(start, id: id, from: mallory.entry, of: mallory.account)
    }
    #expect(throws: KeyAgreementError.mismatch(.sessionID)) {
      _ = try accept(start, id: id, from: alice.entry, of: mallory.account)
    }
    let secrets = try accept(start, id: id)
    // With the right account but another device key, the id alone does not tell (the account's lists do);
    // the associated data and the secret do.
    let impostor = try Device(account: alice.account, number: 1, key: "impostor")
    let confused = try accept(start, id: id, from: try impostor.entry(.manager))
    let (right, wrong) = (bytes(secrets.sharedSecret), bytes(confused.sharedSecret))
    #expect(right != wrong)
    let (rightData, wrongData) = (secrets.associatedData, confused.associatedData)
    #expect(rightData != wrongData)
  }

  // MARK: - One-time prekeys (attack 5)

  @Test func `a one-time prekey is used exactly if the start names it`() throws {
    let with = try begin(oneTime: true)
    let (start, id) = (with.start, with.secrets.sessionID)
    #expect(throws: KeyAgreementError.mismatch(.oneTimePrekeyID)) {
      _ = try ResponderHandshake.accept(
        own: bob.identity, start: start, claimedSessionID: id, initiator: alice.account, initiatorEntry: alice.entry,
        signedPrekey: bob.signedPrekey, bundleHash: bob.bundle.hash, oneTimePrekey: nil)
    }
    let without = try begin(oneTime: false)
    let (bareStart, bareID) = (without.start, without.secrets.sessionID)
    #expect(throws: KeyAgreementError.mismatch(.oneTimePrekeyID)) {
      let other: OneTimePrekey? = try OneTimePrekey(id: 18, from: SeededRandomness("other"))
      _ = try ResponderHandshake.accept(
        own: bob.identity, start: bareStart, claimedSessionID: bareID, initiator: alice.account,
        initiatorEntry: alice.entry, signedPrekey: bob.signedPrekey, bundleHash: bob.bundle.hash, oneTimePrekey: other)
    }
    // The right id with another key of that id: the public key is in the context.
    #expect(throws: KeyAgreementError.mismatch(.sessionID)) {
      let other: OneTimePrekey? = try OneTimePrekey(id: 17, from: SeededRandomness("other"))
      _ = try ResponderHandshake.accept(
        own: bob.identity, start: start, claimedSessionID: id, initiator: alice.account, initiatorEntry: alice.entry,
        signedPrekey: bob.signedPrekey, bundleHash: bob.bundle.hash, oneTimePrekey: other)
    }
  }

  @Test func `a refused start leaves the prekeys as good as before`() throws {
    let begun = try begin()
    let forged = try SessionStart(flipping(begun.start.bytes, at: 50))
    #expect(throws: KeyAgreementError.self) { _ = try accept(forged, id: SessionID(FixedBytes())) }
    let accepted = try accept(begun.start, id: begun.secrets.sessionID)
    expectEqual(begun.secrets, accepted)
  }

  @Test func `another signed prekey or bundle is refused`() throws {
    let begun = try begin(oneTime: false)
    let (start, id) = (begun.start, begun.secrets.sessionID)
    #expect(throws: KeyAgreementError.mismatch(.bundleID)) {
      _ = try ResponderHandshake.accept(
        own: bob.identity, start: start, claimedSessionID: id, initiator: alice.account, initiatorEntry: alice.entry,
        signedPrekey: try SignedPrekey(bundleID: 10, from: SeededRandomness("next")), bundleHash: bob.bundle.hash,
        oneTimePrekey: nil)
    }
    #expect(throws: KeyAgreementError.mismatch(.sessionID)) {
      _ = try ResponderHandshake.accept(
        own: bob.identity, start: start, claimedSessionID: id, initiator: alice.account, initiatorEntry: alice.entry,
        signedPrekey: bob.signedPrekey, bundleHash: alice.bundle.hash, oneTimePrekey: nil)
    }
  }

  // MARK: - A leaked signed prekey (attack 6)

  @Test func `who has the signed prekey can begin a session in anybody's name, which is why the sealed layer asks too`()
    throws
  {
    // The attacker has SPK_B's private half and an ephemeral key of its own, and nothing of Alice's.
    let ephemeral = try X25519KeyPair(from: SeededRandomness("attacker"))
    let stolen = try bob.signedPrekey.keyPair.duplicate()
    let (aliceKey, bobKey) = (alice.entry.agreementKey, bob.entry.agreementKey)
    let parts = [
      bytes(try stolen.sharedSecret(with: aliceKey)), bytes(try ephemeral.sharedSecret(with: bobKey)),
      bytes(try ephemeral.sharedSecret(with: stolen.publicKey)),
    ]
    let material = try SecretBytes(copying: [UInt8](repeating: 0xff, count: 32) + parts.joined())
    let forged = bytes(
      try HKDFSHA256.derive(
        salt: [UInt8](repeating: 0, count: 32), inputKeyMaterial: material,
        info: [UInt8]("Sotto_X3DH_25519_SHA-256_v1".utf8), byteCount: 32))
    let believed = bytes(
      try X3DH.responderSecret(
        identity: bob.identity.agreementKeyPair, signedPrekey: bob.signedPrekey.keyPair, peerIdentity: aliceKey,
        ephemeral: ephemeral.publicKey))
    #expect(forged == believed, "X3DH alone does not stop this; StaticAgreement does")
  }

  // MARK: - Points (attack 7)

  /// The canonical encodings of the points of small order on Curve25519 and its twist.
  static let smallOrderPoints = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ]

  @Test(arguments: smallOrderPoints)
  func `an ephemeral key of small order is refused`(point: String) throws {
    let key = try Hexadecimal.decode(point)
    let begun = try begin(oneTime: false)
    var forged = begun.start.bytes
    forged.replaceSubrange(43..<75, with: key)
    let start = try SessionStart(forged)
    // The forger computes the matching session id: it is a hash of public values.
    let context = SessionContext(
      suite: .tripleRatchet, purpose: .normal, purposeID: FixedBytes(), replaces: nil, initiator: party(alice),
      responder: party(bob), bundleHash: bob.bundle.hash, ephemeralKey: start.ephemeralKey, oneTimePrekey: nil,
      kem: bob.bundle.lastResort.flatMap { prekey in
        start.encapsulated.map { .init(publicKey: prekey.publicKey, ciphertext: $0.ciphertext) }
      })
    #expect(throws: KeyAgreementError.primitive(.nonContributoryKey)) {
      _ = try accept(start, id: context.sessionID)
    }
  }

  @Test(arguments: smallOrderPoints)
  func `a prekey of small order is refused although it is signed`(point: String) throws {
    var raw = try RawBundle(of: bob)
    raw.encodedPrekey = [5] + (try Hexadecimal.decode(point))
    raw.prekeySignature = try bob.identity.signingKey.signature(for: raw.encodedPrekey).bytes.array
    let bundle = try PrekeyBundle(
      verifying: try raw.signed(by: bob.identity.signingKey), account: bob.account, entry: bob.entry)
    #expect(throws: KeyAgreementError.primitive(.nonContributoryKey)) {
      _ = try InitiatorHandshake.begin(
        own: alice.identity, peer: bob.account, peerEntry: bob.entry, bundle: bundle, oneTimePrekey: nil, now: issued,
        newestBundleIDSeen: nil, replaces: nil, lists: nil, randomness: SeededRandomness("x"))
    }
  }

  private func party(_ person: Person) -> SessionContext.Party {
    .init(account: person.account, device: .first, deviceKey: person.identity.deviceKey)
  }
}
