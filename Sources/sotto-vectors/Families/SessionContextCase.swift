import ByteLayout
import KeyAgreement
import Primitives
import Verification

/// A session start, its context, and what follows from them on both sides (C4).
///
/// Where the ephemeral scalar is given the start is made again by the initiator; it is always answered by the responder.
struct SessionContextCase: VectorCase {
  static let family = "session-start"

  struct Device: Codable {
    let account: HexBytes
    let device: UInt32
    let device_seed: HexBytes
    let lists: HexBytes

    func identity() throws -> DeviceIdentity {
      try DeviceIdentity(
        account: try AccountID(validating: try account.fixed()), device: try DeviceNumber(validating: device),
        signingKey: try device_seed.signingKey(), suites: try entry().suites)
    }

    func entry() throws -> DeviceEntry {
      try ListedDevice.entry(of: device, in: lists, account: try AccountID(validating: try account.fixed()))
    }
  }

  struct Prekey: Codable {
    let id: UInt32
    let scalar: HexBytes
    /// d ‖ z of the KEM prekey beside it, which has the same number; absent in suite 1.
    let kem_seed: HexBytes?
    /// What is published of it: the bundle, or the one-time record.
    let published: HexBytes

    func publishing(_ bytes: [UInt8]) -> Prekey {
      Prekey(id: id, scalar: scalar, kem_seed: kem_seed, published: HexBytes(bytes))
    }

    private func kem() throws -> KEMPrekey? {
      guard let kem_seed else { return nil }
      return try KEMPrekey(id: id, keyPair: try kem_seed.kemKeyPair())
    }

    func signed() throws -> SignedPrekey {
      SignedPrekey(bundleID: id, keyPair: try scalar.keyPair(), lastResort: try kem())
    }

    func oneTime() throws -> OneTimePrekey {
      try OneTimePrekey(id: id, keyPair: try scalar.keyPair(), kem: try kem())
    }
  }

  var comment: String
  var expect: Expectation
  var initiator: Device
  var responder: Device
  var signed_prekey: Prekey
  var one_time_prekey: Prekey?
  var now: UInt64
  var ephemeral_scalar: HexBytes?
  /// m of ML-KEM.Encaps_internal; absent in suite 1.
  var encapsulation_message: HexBytes?
  var replaces: HexBytes?
  /// Whether the start carries the initiator's lists.
  var with_lists: Bool
  var start: HexBytes
  /// The session id that the message behind the start carries.
  var session_id: HexBytes

  // What both sides come to; absent where the start is refused.
  var associated_data: HexBytes?
  var shared_secret: HexBytes?
  var exporter: HexBytes?

  func perform() throws {
    if ephemeral_scalar != nil { try begin() }
    let own = try responder.identity()
    let parsed = try SessionStart(start.bytes)
    let secrets = try accept(own, parsed)
    try check(secrets, at: "responder")
  }

  private func begin() throws {
    let peerEntry = try responder.entry()
    let peer = try AccountID(validating: try responder.account.fixed())
    let own = try initiator.identity()
    let session = try InitiatorHandshake.begin(
      own: own, peer: peer, peerEntry: peerEntry,
      bundle: try PrekeyBundle(verifying: signed_prekey.published.bytes, account: peer, entry: peerEntry),
      oneTimePrekey: try one_time_prekey.map {
        try OneTimePrekeyRecord(verifying: $0.published.bytes, account: peer, entry: peerEntry)
      },
      now: now, newestBundleIDSeen: nil, replaces: try replaces.map { SessionID(try $0.fixed()) },
      lists: with_lists ? try DeviceLists(verifying: initiator.lists.bytes, account: own.account) : nil,
      lowestSuite: .x3dh,
      randomness: ScriptedRandomness([ephemeral_scalar?.bytes ?? [], encapsulation_message?.bytes ?? []]))
    try Difference.check(HexBytes(session.start.bytes), start, at: "start")
    try check(session.secrets, at: "initiator")
  }

  func accept(_ own: borrowing DeviceIdentity, _ start: SessionStart) throws -> SessionSecrets {
    let account = try AccountID(validating: try initiator.account.fixed())
    let entry: DeviceEntry
    if let lists = try start.lists(of: account) {
      guard let listed = lists.current.entry(of: try DeviceNumber(validating: initiator.device)) else {
        throw KeyAgreementError.mismatch(.device)
      }
      entry = listed
    } else {
      entry = try initiator.entry()
    }
    let bundle = try PrekeyBundle(
      verifying: signed_prekey.published.bytes, account: own.account, entry: try responder.entry())
    let signedPrekey = try signed_prekey.signed()
    let oneTimePrekey = try one_time_prekey.map { try $0.oneTime() }
    return try ResponderHandshake.accept(
      own: own, start: start, claimedSessionID: SessionID(try session_id.fixed()), initiator: account,
      initiatorEntry: entry, signedPrekey: signedPrekey, bundleHash: bundle.hash, oneTimePrekey: oneTimePrekey,
      lowestSuite: .x3dh)
  }

  private func check(_ secrets: borrowing SessionSecrets, at side: String) throws {
    try Difference.check(HexBytes(secrets.sessionID.bytes), session_id, at: "session_id, by the \(side)")
    try Difference.check(
      HexBytes(secrets.associatedData), associated_data?.description ?? "(missing)",
      at: "associated_data, by the \(side)")
    try Difference.check(
      HexBytes(revealing: secrets.sharedSecret), shared_secret?.description ?? "(missing)",
      at: "shared_secret, by the \(side)")
    try Difference.check(
      secrets.exporterText, exporter?.description ?? "(missing)", at: "exporter, by the \(side)")
  }
}

extension SessionSecrets {
  /// ephemeral A→B ‖ ephemeral B→A ‖ picture, 96 bytes, as text.
  var exporterText: String {
    "\(HexBytes(revealing: exporterInitiatorToResponder))\(HexBytes(revealing: exporterResponderToInitiator))"
      + "\(HexBytes(revealing: picture))"
  }
}
