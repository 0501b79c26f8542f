import ByteLayout
import KeyAgreement
import Primitives
import VectorSupport
import Verification

/// Session starts (C4): both sides come to the same session, or the responder refuses.
enum SessionStartVectors {
  static func accepted(_ randomness: SeedRandomness) throws -> [SessionContextCase] {
    [
      try start("with a one-time prekey and the initiator's lists", randomness),
      try start("without a one-time prekey", randomness, hasOneTimePrekey: false),
      try start("replacing a session, with the lists cut", randomness, replaces: true, withLists: false),
      try implicitRejection(randomness),
      try start("suite 1, with a one-time prekey", randomness, suites: .x3dhOnly),
      try start("suite 1, without one", randomness, hasOneTimePrekey: false, suites: .x3dhOnly),
      try start("suite 3, with a one-time prekey", randomness, suites: .current),
    ]
  }

  static func rejected(_ randomness: SeedRandomness) throws -> [SessionContextCase] {
    let base = try start("", randomness).changed("", .mismatch) { $0.forgetResults() }
    let bytes = base.start.bytes

    func changed(_ comment: String, _ expect: Expectation, _ edit: (inout [UInt8]) -> Void) -> SessionContextCase {
      var start = bytes
      edit(&start)
      return base.changed(comment, expect) { $0.start = HexBytes(start) }
    }
    let other = try TestAccount("mallory", deviceCount: 1, randomness)
    return [
      changed("another ephemeral key: another context", .mismatch) { $0[43] ^= 1 },
      changed("it replaces another session", .mismatch) { $0[19] ^= 1 },
      changed("another purpose id", .mismatch) { $0[3] ^= 1 },
      changed("purpose secret chat instead of normal", .mismatch) { $0[2] = 1 },
      changed("another bundle id", .mismatch) { $0[38] ^= 1 },
      changed("another one-time prekey id", .mismatch) { $0[42] ^= 1 },
      changed("no one-time prekey although one is looked up", .mismatch) {
        $0.replaceSubrange(39..<43, with: [0, 0, 0, 0])
      },
      changed("version byte 2", .malformed) { $0[0] = 2 },
      changed("suite 3, which the devices do not list", .mismatch) { $0[1] = 3 },
      changed("suite 4, which this version does not know", .malformed) { $0[1] = 4 },
      changed("suite 1 in front of suite 2's fields", .malformed) { $0[1] = 1 },
      changed("another KEM prekey id", .mismatch) { $0[78] ^= 1 },
      changed("the KEM prekey id of the bundle, and the one-time prekey's X25519 key", .mismatch) { $0[78] = 5 },
      changed("a bit of the KEM ciphertext changed: another context", .mismatch) { $0[800] ^= 1 },
      changed("the KEM ciphertext cut by a byte", .malformed) { $0.remove(at: 1_646) },
      changed("no KEM fields", .malformed) { $0.removeSubrange(75..<1_647) },
      try base.changed("the ciphertext encapsulated again, to another KEM key of this number", .mismatch) {
        guard let prekey = $0.one_time_prekey, let seed = prekey.kem_seed else { return }
        let other = HexBytes(seed.bytes.flippingBit(at: 0))
        let again = try KnownEncapsulation.encapsulate(
          to: try other.kemKeyPair().publicKey, message: randomness.bytes(32, for: "mallory/encapsulation"))
        $0.start = HexBytes(bytes[..<79] + again.ciphertext.bytes + bytes[1_647...])
      },
      try downgrade(base),
      changed("suite 0", .malformed) { $0[1] = 0 }, changed("a purpose that is not known", .malformed) { $0[2] = 2 },
      changed("an ephemeral key that is not canonical", .malformed) {
        $0.replaceSubrange(43..<75, with: [0xf0] + [UInt8](repeating: 0xff, count: 30) + [0x7f])
      },
      changed("cut by a byte", .malformed) { $0.removeLast() }, changed("a byte too many", .malformed) { $0.append(0) },
      changed("a bit of the initiator's lists changed", .invalidSignature) { $0[1_800] ^= 1 },
      try base.changed("the lists of another account", .invalidSignature) {
        let lists = try other.lists().bytes
        $0.start = HexBytes(bytes[..<1_647] + [UInt8(lists.count >> 8), UInt8(lists.count & 255)] + lists)
      },
      base.changed("the message behind it carries another session id", .mismatch) {
        $0.session_id = HexBytes($0.session_id.bytes.flippingBit(at: 0))
      },
      base.changed("another initiator than the authenticated one", .invalidSignature) {
        $0.initiator = SessionContextCase.Device(
          account: HexBytes(other.id.bytes), device: 1, device_seed: other.deviceSeeds[0], lists: $0.initiator.lists)
      },
      // A point of small order is refused by the first Diffie–Hellman, if the session id was made to fit.
      try smallOrder(base),
      try downgradeFromSuite3(randomness),
    ]
  }

  /// A start whose ephemeral key is zero, with the session id that it would have.
  private static func smallOrder(_ base: SessionContextCase) throws -> SessionContextCase {
    let zero = try X25519PublicKey(validating: FixedBytes<32>())
    var bytes = base.start.bytes
    bytes.replaceSubrange(43..<75, with: zero.bytes.array)
    let id = try context(of: try SessionStart(bytes), in: base).sessionID
    return base.changed("an ephemeral key of small order, with the session id that fits", .smallOrderKey) {
      $0.start = HexBytes(bytes)
      $0.session_id = HexBytes(id.bytes)
    }
  }

  /// The KEM fields of the context of a start that used this prekey.
  private static func usedKEM(
    _ start: SessionStart, _ prekey: SessionContextCase.Prekey?
  ) throws -> SessionContext.UsedKEMPrekey? {
    guard let ciphertext = start.encapsulated?.ciphertext, let seed = prekey?.kem_seed else { return nil }
    return .init(publicKey: try seed.kemKeyPair().publicKey, ciphertext: ciphertext)
  }

  /// A changed ciphertext under the session id that fits is answered: the secret is another one, and nothing but the message
  /// behind the start would tell.
  private static func implicitRejection(_ randomness: SeedRandomness) throws -> SessionContextCase {
    var result = try start("a changed KEM ciphertext, with the session id that fits", randomness)
    result.forgetResults()
    let start = try SessionStart(result.start.bytes.flippingBit(at: 800))
    result.start = HexBytes(start.bytes)
    result.session_id = HexBytes(try context(of: start, in: result).sessionID.bytes)
    let secrets = try result.accept(try result.responder.identity(), start)
    result.associated_data = HexBytes(secrets.associatedData)
    result.shared_secret = HexBytes(revealing: secrets.sharedSecret)
    result.exporter = HexBytes(try Hexadecimal.decode(secrets.exporterText))
    return result
  }

  /// A whole and fitting start of suite 1 between two devices that list suite 2.
  private static func downgrade(_ base: SessionContextCase) throws -> SessionContextCase {
    var bytes = base.start.bytes
    bytes[1] = 1
    bytes.removeSubrange(75..<1_647)
    let id = try context(of: try SessionStart(bytes), in: base).sessionID
    return base.changed("a fitting start of suite 1 between devices that list suite 2", .downgrade) {
      $0.start = HexBytes(bytes)
      $0.session_id = HexBytes(id.bytes)
    }
  }

  /// A whole and fitting start of suite 2 between two devices that list suite 3.
  private static func downgradeFromSuite3(_ randomness: SeedRandomness) throws -> SessionContextCase {
    let base = try start("", randomness, suites: .current).changed("", .downgrade) { $0.forgetResults() }
    var bytes = base.start.bytes
    bytes[1] = 2
    let id = try context(of: try SessionStart(bytes), in: base).sessionID
    return base.changed("a fitting start of suite 2 between devices that list suite 3", .downgrade) {
      $0.start = HexBytes(bytes)
      $0.session_id = HexBytes(id.bytes)
    }
  }

  /// The context that a forger computes for a start: of public values only.
  private static func context(of start: SessionStart, in session: SessionContextCase) throws -> SessionContext {
    func party(_ device: SessionContextCase.Device) throws -> SessionContext.Party {
      let identity = try device.identity()
      return .init(account: identity.account, device: identity.device, deviceKey: identity.deviceKey)
    }
    let responder = try party(session.responder)
    let bundle = try PrekeyBundle(
      verifying: session.signed_prekey.published.bytes, account: responder.account,
      entry: try session.responder.entry())
    let prekey = session.one_time_prekey
    return SessionContext(
      suite: start.suite, purpose: start.purpose, purposeID: start.purposeID, replaces: start.replaces,
      initiator: try party(session.initiator), responder: responder, bundleHash: bundle.hash,
      ephemeralKey: start.ephemeralKey,
      oneTimePrekey: try prekey.map { .init(id: $0.id, publicKey: try $0.scalar.keyPair().publicKey) },
      kem: try usedKEM(start, prekey))
  }

  private static func start(
    _ comment: String, _ randomness: SeedRandomness, hasOneTimePrekey: Bool = true, replaces: Bool = false,
    withLists: Bool = true, suites: SuiteSet = .withoutTripleRatchet
  ) throws -> SessionContextCase {
    let alice = try TestAccount("alice", deviceCount: 1, randomness, suites: suites)
    let bob = try TestAccount("bob", deviceCount: 2, randomness, suites: suites)
    let initiator = try alice.identity(1)
    let responder = try bob.identity(2)
    func prekey(_ id: UInt32, _ name: String) -> SessionContextCase.Prekey {
      SessionContextCase.Prekey(
        id: id, scalar: HexBytes(randomness.bytes(32, for: "bob/\(name)")),
        kem_seed: suites.contains(.pqxdh) ? HexBytes(randomness.bytes(64, for: "bob/\(name)/kem")) : nil,
        published: HexBytes([]))
    }
    let signedPrekey = prekey(5, "signed-prekey")
    let bundle = try PrekeyBundle.signed(
      by: responder, signedPrekey: try signedPrekey.signed(), issuedAt: TestAccount.issuedAt, sealID: 1,
      sealKey: try X25519KeyPair(from: randomness.source(for: "bob/sealing-key")).publicKey)
    let oneTime = prekey(9, "one-time-prekey")
    let record = HexBytes(try oneTime.oneTime().record(signedBy: responder))
    let ephemeral = HexBytes(randomness.bytes(32, for: "alice/ephemeral"))
    let message = HexBytes(randomness.bytes(32, for: "alice/encapsulation"))
    let replaced = replaces ? HexBytes(randomness.bytes(16, for: "a session before")) : nil
    let session = try InitiatorHandshake.begin(
      own: initiator, peer: bob.id, peerEntry: try bob.entry(2), bundle: bundle,
      oneTimePrekey: hasOneTimePrekey
        ? try OneTimePrekeyRecord(verifying: record.bytes, account: bob.id, entry: try bob.entry(2)) : nil,
      now: TestAccount.issuedAt, newestBundleIDSeen: nil,
      replaces: try replaced.map { SessionID(try $0.fixed()) }, lists: withLists ? try alice.lists() : nil,
      lowestSuite: .x3dh, randomness: ScriptedRandomness([ephemeral.bytes, message.bytes]))
    return SessionContextCase(
      comment: comment, expect: .success, initiator: try device(alice, 1), responder: try device(bob, 2),
      signed_prekey: signedPrekey.publishing(bundle.signedBytes),
      one_time_prekey: hasOneTimePrekey ? oneTime.publishing(record.bytes) : nil,
      now: TestAccount.issuedAt, ephemeral_scalar: ephemeral,
      encapsulation_message: suites.contains(.pqxdh) ? message : nil, replaces: replaced, with_lists: withLists,
      start: HexBytes(session.start.bytes), session_id: HexBytes(session.secrets.sessionID.bytes),
      associated_data: HexBytes(session.secrets.associatedData),
      shared_secret: HexBytes(revealing: session.secrets.sharedSecret),
      exporter: HexBytes(try Hexadecimal.decode(session.secrets.exporterText)))
  }

  private static func device(_ account: TestAccount, _ number: UInt32) throws -> SessionContextCase.Device {
    SessionContextCase.Device(
      account: HexBytes(account.id.bytes), device: number, device_seed: account.deviceSeeds[Int(number) - 1],
      lists: HexBytes(try account.lists().bytes))
  }
}

extension SessionContextCase {
  /// What is refused is only answered, and comes to nothing.
  mutating func forgetResults() {
    ephemeral_scalar = nil
    encapsulation_message = nil
    associated_data = nil
    shared_secret = nil
    exporter = nil
  }
}
