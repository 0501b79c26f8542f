import ByteLayout
import KeyAgreement
import Primitives
import Verification

/// Session starts (C4): both sides come to the same session, or the responder refuses.
enum SessionStartVectors {
  static func accepted(_ randomness: SeedRandomness) throws -> [SessionContextCase] {
    [
      try start("with a one-time prekey and the initiator's lists", randomness),
      try start("without a one-time prekey", randomness, hasOneTimePrekey: false),
      try start("replacing a session, with the lists cut", randomness, replaces: true, withLists: false),
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
      changed("suite 2, which this version does not know", .malformed) { $0[1] = 2 },
      changed("suite 0", .malformed) { $0[1] = 0 }, changed("a purpose that is not known", .malformed) { $0[2] = 2 },
      changed("an ephemeral key that is not canonical", .malformed) {
        $0.replaceSubrange(43..<75, with: [0xf0] + [UInt8](repeating: 0xff, count: 30) + [0x7f])
      },
      changed("cut by a byte", .malformed) { $0.removeLast() }, changed("a byte too many", .malformed) { $0.append(0) },
      changed("a bit of the initiator's lists changed", .invalidSignature) { $0[200] ^= 1 },
      try base.changed("the lists of another account", .invalidSignature) {
        let lists = try other.lists().bytes
        $0.start = HexBytes(bytes[..<75] + [UInt8(lists.count >> 8), UInt8(lists.count & 255)] + lists)
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
    ]
  }

  /// A start whose ephemeral key is zero, with the session id that it would have.
  private static func smallOrder(_ base: SessionContextCase) throws -> SessionContextCase {
    let zero = try X25519PublicKey(validating: FixedBytes<32>())
    let start = try SessionStart(base.start.bytes)
    let initiator = try base.initiator.identity()
    let responder = try base.responder.identity()
    let bundle = try PrekeyBundle(
      verifying: base.signed_prekey.published.bytes, account: responder.account, entry: try base.responder.entry())
    let context = SessionContext(
      suite: start.suite, purpose: start.purpose, purposeID: start.purposeID, replaces: start.replaces,
      initiator: .init(account: initiator.account, device: initiator.device, deviceKey: initiator.deviceKey),
      responder: .init(account: responder.account, device: responder.device, deviceKey: responder.deviceKey),
      bundleHash: bundle.hash, ephemeralKey: zero,
      oneTimePrekey: try base.one_time_prekey.map {
        .init(id: $0.id, publicKey: try $0.scalar.keyPair().publicKey)
      })
    return base.changed("an ephemeral key of small order, with the session id that fits", .smallOrderKey) {
      var bytes = $0.start.bytes
      bytes.replaceSubrange(43..<75, with: zero.bytes.array)
      $0.start = HexBytes(bytes)
      $0.session_id = HexBytes(context.sessionID.bytes)
    }
  }

  private static func start(
    _ comment: String, _ randomness: SeedRandomness, hasOneTimePrekey: Bool = true, replaces: Bool = false,
    withLists: Bool = true
  ) throws -> SessionContextCase {
    let alice = try TestAccount("alice", deviceCount: 1, randomness)
    let bob = try TestAccount("bob", deviceCount: 2, randomness)
    let initiator = try alice.identity(1)
    let responder = try bob.identity(2)
    let prekey = HexBytes(randomness.bytes(32, for: "bob/signed-prekey"))
    let bundle = try PrekeyBundle.signed(
      by: responder, signedPrekey: SignedPrekey(bundleID: 5, keyPair: try prekey.keyPair()),
      issuedAt: TestAccount.issuedAt, sealID: 1,
      sealKey: try X25519KeyPair(from: randomness.source(for: "bob/sealing-key")).publicKey)
    let scalar = HexBytes(randomness.bytes(32, for: "bob/one-time-prekey"))
    let oneTime = try OneTimePrekey(id: 9, keyPair: try scalar.keyPair())
    let record = HexBytes(try oneTime.record(signedBy: responder))
    let ephemeral = HexBytes(randomness.bytes(32, for: "alice/ephemeral"))
    let replaced = replaces ? HexBytes(randomness.bytes(16, for: "a session before")) : nil
    let session = try InitiatorHandshake.begin(
      own: initiator, peer: bob.id, peerEntry: try bob.entry(2), bundle: bundle,
      oneTimePrekey: hasOneTimePrekey
        ? try OneTimePrekeyRecord(verifying: record.bytes, account: bob.id, entry: try bob.entry(2)) : nil,
      now: TestAccount.issuedAt, newestBundleIDSeen: nil,
      replaces: try replaced.map { SessionID(try $0.fixed()) }, lists: withLists ? try alice.lists() : nil,
      randomness: ScriptedRandomness([ephemeral.bytes]))
    return SessionContextCase(
      comment: comment, expect: .success, initiator: try device(alice, 1), responder: try device(bob, 2),
      signed_prekey: .init(id: 5, scalar: prekey, published: HexBytes(bundle.signedBytes)),
      one_time_prekey: hasOneTimePrekey ? .init(id: 9, scalar: scalar, published: record) : nil,
      now: TestAccount.issuedAt, ephemeral_scalar: ephemeral, replaces: replaced, with_lists: withLists,
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
    associated_data = nil
    shared_secret = nil
    exporter = nil
  }
}
