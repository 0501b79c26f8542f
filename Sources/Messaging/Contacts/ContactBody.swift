import ByteLayout
import KeyAgreement
import SealedSender
import SecretMemory

/// What the vault keeps about a contact beside its secrets.
struct ContactBody: Hashable, Sendable {
  var name: String
  let account: FixedBytes<33>
  /// The pinned device lists (C1), empty until they have been fetched.
  var lists: [UInt8]
  /// Where contact started, from the invite: host and mailbox. Used until the lists are there.
  var inviteHost: String
  var inviteMailbox: FixedBytes<32>
  var isVerified: Bool
  /// Nobody has chosen the name: the one that the peer introduces itself with takes its place.
  var hasPlaceholderName: Bool
  /// The peer has named a device list that is newer than the pinned one.
  var wantsLists: Bool

  init(name: String, account: FixedBytes<33>, inviteHost: String = "", inviteMailbox: FixedBytes<32> = FixedBytes()) {
    self.name = name
    self.account = account
    lists = []
    self.inviteHost = inviteHost
    self.inviteMailbox = inviteMailbox
    isVerified = false
    hasPlaceholderName = false
    wantsLists = false
  }

  init(_ bytes: [UInt8]) throws(LayoutError) {
    var reader = LayoutReader(bytes)
    try reader.expect(1, field: "contact record version")
    name = String(decoding: try reader.lengthPrefixed16(), as: UTF8.self)
    account = try reader.fixed()
    lists = [UInt8](try reader.lengthPrefixed16())
    inviteHost = String(decoding: try reader.lengthPrefixed8(), as: UTF8.self)
    inviteMailbox = try reader.fixed()
    let flags = try reader.uint8()
    isVerified = flags & 1 != 0
    wantsLists = flags & 2 != 0
    hasPlaceholderName = flags & 4 != 0
    try reader.finish()
  }

  var bytes: [UInt8] {
    get throws(LayoutError) {
      var writer = LayoutWriter()
      writer.uint8(1)
      try writer.lengthPrefixed16([UInt8](name.utf8))
      writer.append(account)
      try writer.lengthPrefixed16(lists)
      try writer.lengthPrefixed8([UInt8](inviteHost.utf8))
      writer.append(inviteMailbox)
      writer.uint8(
        (isVerified ? 1 : 0) | (wantsLists ? 2 : 0) | (hasPlaceholderName ? 4 : 0))
      return writer.bytes
    }
  }
}

/// What the vault keeps about one device of a contact beside its counters.
struct PeerDeviceBody: Hashable, Sendable {
  let deviceKey: FixedBytes<32>
  /// The newest sealing key known of the device, and when it was learnt; sealID 0: none yet.
  var sealID: UInt32
  var sealKey: FixedBytes<32>
  var sealKeyLearntAt: Int64
  /// The secret of that key (C3), once a session has told it.
  var sealSecret: FixedBytes<32>?
  /// The highest bundle id seen: a lower one is refused (Protocol §6).
  var bundleID: UInt32
  /// Which of my sealing keys I have announced, with which pairSeq, and which the device is known to have.
  var announcedSealID: UInt32
  var announcedAt: UInt64
  var knownSealID: UInt32

  init(deviceKey: FixedBytes<32>) {
    self.deviceKey = deviceKey
    sealID = 0
    sealKey = FixedBytes()
    sealKeyLearntAt = 0
    sealSecret = nil
    bundleID = 0
    announcedSealID = 0
    announcedAt = 0
    knownSealID = 0
  }

  /// Takes version 2, and version 1, which ends before the sealing secret.
  init(_ bytes: [UInt8]) throws(LayoutError) {
    var reader = LayoutReader(bytes)
    let version = try reader.uint8()
    guard version == 1 || version == 2 else {
      throw .unknownValue(field: "peer device record version", value: Int(version))
    }
    deviceKey = try reader.fixed()
    sealID = try reader.uint32()
    sealKey = try reader.fixed()
    sealKeyLearntAt = Int64(bitPattern: try reader.uint64())
    bundleID = try reader.uint32()
    announcedSealID = try reader.uint32()
    announcedAt = try reader.uint64()
    knownSealID = try reader.uint32()
    sealSecret = version == 2 && reader.remainingByteCount > 0 ? try reader.fixed() : nil
    try reader.finish()
  }

  var bytes: [UInt8] {
    var writer = LayoutWriter()
    writer.uint8(2)
    writer.append(deviceKey)
    writer.uint32(sealID)
    writer.append(sealKey)
    writer.uint64(UInt64(bitPattern: sealKeyLearntAt))
    writer.uint32(bundleID)
    writer.uint32(announcedSealID)
    writer.uint64(announcedAt)
    writer.uint32(knownSealID)
    if let sealSecret { writer.append(sealSecret) }
    return writer.bytes
  }

  /// The secret in locked memory, as the sealed layer takes it.
  func sealingSecret() throws -> SealingSecret? {
    try sealSecret.map { try SealingSecret(try SecretBytes(copying: $0.array)) }
  }
}
