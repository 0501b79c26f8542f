import ByteLayout
import Vault

/// The limits of repair and resending (Protocol §6).
enum HealingLimits {
  /// Undecryptable messages that are kept for one device of a peer, and for how long. Seconds.
  static let quarantineCount = 256
  static let grace: Int64 = 14 * 86_400
  /// One renewal in this time, doubling with every one that has brought nothing. Seconds.
  static let renewalInterval: Int64 = 600
  static let longestRenewalInterval: Int64 = 86_400
  /// Renewals without anything decrypted, until the user is told and it is quiet.
  static let fruitlessRenewals: UInt8 = 3
  /// How long a gap may be no more than disorder on the way. Seconds.
  static let gapGrace: Int64 = 30
  /// One request in this time, doubling while nothing comes. Seconds.
  static let requestInterval: Int64 = 60
  static let longestRequestInterval: Int64 = 86_400
  /// How often one message is sent again.
  static let resendCount: UInt8 = 3
  /// One pairAck alone in this time. Seconds.
  static let pairAckInterval: Int64 = 600
  /// A first contact without an answer is repeated after this, this often. Seconds.
  static let firstContactInterval: Int64 = 86_400
  static let firstContactRepeats: UInt8 = 2
  /// Everything unacknowledged is put again for a new epoch at most once in this time. Seconds.
  static let putAgainInterval: Int64 = 3_600
  /// Times at which gaps were noticed that are told apart.
  static let gapMarkCount = 32

  /// The wait after the `count`-th attempt: `interval` · 2^(count − 1), at most `longest`.
  static func doubled(_ interval: Int64, count: UInt8, longest: Int64) -> Int64 {
    min(longest, interval << Int64(min(max(count, 1) - 1, 20)))
  }
}

/// What may be due for a device of a peer. The numbers are the vault's.
enum PeerTimerKind: UInt8, CaseIterable, Sendable {
  /// A renewal that was too early.
  case renewal = 1
  /// Missing numbers are to be asked for.
  case gap = 2
  /// A pairAck that nothing has carried.
  case pairAck = 3
  /// A first contact that nobody has answered.
  case firstContact = 4
  /// The peer's relay was rolled back, and not everything was put again yet.
  case putAgain = 5
}

/// How far the repair with one device of a peer is.
struct Healing: Hashable, Sendable {
  /// Numbers up to `upTo` that are missing were noticed at `at`, unix seconds.
  struct GapMark: Hashable, Sendable {
    var upTo: UInt64
    var at: Int64
  }

  /// Renewals since something was last decrypted, and when the last one was begun; unix seconds, 0 for never.
  var renewals: UInt8 = 0
  var lastRenewalAt: Int64 = 0
  /// The user has been told that it does not heal; it is quiet until the peer writes or the user acts.
  var isBroken = false
  /// A handshake is wanted; the session that it replaces, zero for none.
  var renewing: FixedBytes<16>?
  /// The session of the last message that could not be decrypted.
  var suspectSession: FixedBytes<16> = FixedBytes()
  /// There may be something in quarantine.
  var hasQuarantine = false
  /// When something was last decrypted, exact while ``hasQuarantine``; 0 for never.
  var lastDecryptedAt: Int64 = 0
  /// Messages that the user was told of as lost before their numbers were known.
  var toldLost: UInt32 = 0

  /// Requests since a gap last became smaller, and when the last one was made, and the last one of the peer was honoured.
  var requests: UInt8 = 0
  var lastRequestAt: Int64 = 0
  var lastHonouredAt: Int64 = 0
  var gapMarks: [GapMark] = []

  /// The peer has sent something whose pairAck nothing has carried yet.
  var owesPairAck = false
  var lastPairAckAt: Int64 = 0
  var firstContactRepeats: UInt8 = 0

  /// The epoch that the peer's relay has last told of this mailbox, and when everything was last put again.
  var mailbox: FixedBytes<32> = FixedBytes()
  var epoch: UInt32 = 0
  var lastPutAgainAt: Int64 = 0
  /// The version of my list that was last sent because the peer named an older one.
  var sentListVersion: UInt64 = 0

  init() {}

  init(_ bytes: [UInt8]) throws(LayoutError) {
    var reader = LayoutReader(bytes)
    try reader.expect(1, field: "healing record version")
    let flags = try reader.uint8()
    isBroken = flags & 1 != 0
    hasQuarantine = flags & 2 != 0
    owesPairAck = flags & 4 != 0
    renewals = try reader.uint8()
    lastRenewalAt = try reader.time()
    let renewed: FixedBytes<16> = try reader.fixed()
    renewing = flags & 8 == 0 ? nil : renewed
    suspectSession = try reader.fixed()
    lastDecryptedAt = try reader.time()
    toldLost = try reader.uint32()
    requests = try reader.uint8()
    lastRequestAt = try reader.time()
    lastHonouredAt = try reader.time()
    lastPairAckAt = try reader.time()
    firstContactRepeats = try reader.uint8()
    mailbox = try reader.fixed()
    epoch = try reader.uint32()
    lastPutAgainAt = try reader.time()
    sentListVersion = try reader.uint64()
    for _ in 0..<(try reader.uint8()) {
      gapMarks.append(GapMark(upTo: try reader.uint64(), at: try reader.time()))
    }
    try reader.finish()
  }

  var bytes: [UInt8] {
    var writer = LayoutWriter()
    writer.uint8(1)
    writer.uint8((isBroken ? 1 : 0) | (hasQuarantine ? 2 : 0) | (owesPairAck ? 4 : 0) | (renewing == nil ? 0 : 8))
    writer.uint8(renewals)
    writer.time(lastRenewalAt)
    writer.append(renewing ?? FixedBytes())
    writer.append(suspectSession)
    writer.time(lastDecryptedAt)
    writer.uint32(toldLost)
    writer.uint8(requests)
    writer.time(lastRequestAt)
    writer.time(lastHonouredAt)
    writer.time(lastPairAckAt)
    writer.uint8(firstContactRepeats)
    writer.append(mailbox)
    writer.uint32(epoch)
    writer.time(lastPutAgainAt)
    writer.uint64(sentListVersion)
    writer.uint8(UInt8(clamping: gapMarks.count))
    for mark in gapMarks {
      writer.uint64(mark.upTo)
      writer.time(mark.at)
    }
    return writer.bytes
  }
}

extension LayoutWriter {
  fileprivate mutating func time(_ seconds: Int64) { uint64(UInt64(bitPattern: seconds)) }
}

extension LayoutReader {
  fileprivate mutating func time() throws(LayoutError) -> Int64 { Int64(bitPattern: try uint64()) }
}

extension Messenger {
  func healing(peer: Int64, _ transaction: VaultTransaction) throws -> Healing {
    try transaction.healing(peerDeviceID: peer).map { try Healing($0) } ?? Healing()
  }

  /// Changes the record of a device, and writes it only if something has changed.
  @discardableResult
  func changeHealing<Result>(
    peer: Int64, _ transaction: VaultTransaction, _ change: (inout Healing) throws -> Result
  ) throws -> Result {
    let before = try healing(peer: peer, transaction)
    var healing = before
    let result = try change(&healing)
    if healing != before { try transaction.setHealing(healing.bytes, peerDeviceID: peer) }
    return result
  }

  func setTimer(_ kind: PeerTimerKind, peer: Int64, at seconds: Int64, _ transaction: VaultTransaction) throws {
    try transaction.setPeerTimer(peerDeviceID: peer, kind: kind.rawValue, dueAtMilliseconds: seconds * 1_000)
  }

  func clearTimer(_ kind: PeerTimerKind, peer: Int64, _ transaction: VaultTransaction) throws {
    try transaction.clearPeerTimer(peerDeviceID: peer, kind: kind.rawValue)
  }

  func hasTimer(_ kind: PeerTimerKind, peer: Int64, _ transaction: VaultTransaction) throws -> Bool {
    try transaction.peerTimer(peerDeviceID: peer, kind: kind.rawValue) != nil
  }
}
