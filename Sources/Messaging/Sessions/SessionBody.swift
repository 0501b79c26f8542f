import ByteLayout
import KeyAgreement
import Vault

/// What a session may be used for.
enum SessionState: UInt8, Hashable, Sendable {
  /// Started here; nothing has been decrypted on it yet.
  case unconfirmed = 0
  /// Something has been decrypted on it.
  case confirmed = 1
  /// Kept for late messages only.
  case receiveOnly = 2
}

/// What the vault keeps about a session beside its ratchet and its exporter keys.
struct SessionBody: Hashable, Sendable {
  let sessionID: FixedBytes<16>
  /// The session that this one replaces, zero if none: sessions with the same value are siblings (Protocol §6).
  let replaces: FixedBytes<16>
  let isInitiator: Bool
  /// Whether it began without a one-time prekey: what the initiator sent before the first answer is as secret as the signed prekey,
  /// the KEM key of last resort and the device key stay (Protocol §9, attack 3). Not known of sessions of an older version.
  let lacksOneTimePrekey: Bool
  /// Whether it was started by the peer, and the peer's second ratchet key has not come yet: who holds the signed prekey of this device
  /// can have started it in the peer's name (Protocol §9, attack 6).
  var awaitsSecondKey: Bool
  /// The session start (C4), repeated in front of every message until the responder has answered; then empty.
  var start: [UInt8]

  private static let initiatorFlag: UInt8 = 1
  private static let lacksOneTimePrekeyFlag: UInt8 = 2
  private static let awaitsSecondKeyFlag: UInt8 = 4

  init(
    sessionID: FixedBytes<16>, replaces: FixedBytes<16>, isInitiator: Bool, lacksOneTimePrekey: Bool,
    awaitsSecondKey: Bool, start: [UInt8]
  ) {
    self.sessionID = sessionID
    self.replaces = replaces
    self.isInitiator = isInitiator
    self.lacksOneTimePrekey = lacksOneTimePrekey
    self.awaitsSecondKey = awaitsSecondKey
    self.start = start
  }

  init(_ bytes: [UInt8]) throws(LayoutError) {
    var reader = LayoutReader(bytes)
    try reader.expect(1, field: "session record version")
    sessionID = try reader.fixed()
    replaces = try reader.fixed()
    let flags = try reader.uint8()
    isInitiator = flags & Self.initiatorFlag != 0
    lacksOneTimePrekey = flags & Self.lacksOneTimePrekeyFlag != 0
    awaitsSecondKey = flags & Self.awaitsSecondKeyFlag != 0
    start = [UInt8](try reader.lengthPrefixed16())
    try reader.finish()
  }

  var bytes: [UInt8] {
    get throws(LayoutError) {
      var writer = LayoutWriter()
      writer.uint8(1)
      writer.append(sessionID)
      writer.append(replaces)
      writer.uint8(
        (isInitiator ? Self.initiatorFlag : 0) | (lacksOneTimePrekey ? Self.lacksOneTimePrekeyFlag : 0)
          | (awaitsSecondKey ? Self.awaitsSecondKeyFlag : 0))
      try writer.lengthPrefixed16(start)
      return writer.bytes
    }
  }
}

/// A session as the choice among several sees it.
struct SessionCandidate: Hashable, Sendable {
  let id: Int64
  let state: SessionState
  let createdAt: Int64
  let body: SessionBody
}
