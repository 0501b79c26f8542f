import ByteLayout
import KeyAgreement
import RelayWire
import Vault

/// What the vault keeps about one of the own mailboxes: where it is, its fence (Protocol §3) and how far it has been read.
struct MailboxState: Hashable, Sendable {
  let host: String
  let relayKey: RelayKey
  let mailbox: MailboxID
  /// Generation and nonce that the relay is known to hold.
  var fence: Fence
  /// The nonce that has been, or is about to be, proposed; on disk before the relay is asked.
  var proposed: FenceNonce?
  /// Everything up to this sequence number is committed in this vault.
  var cursor: UInt64
  /// The epoch of the last page, 0 before the first.
  var epoch: UInt32
  /// The log's chained hash after ``cursor`` (C7); nil before it is known.
  var logHead: FixedBytes<32>?
  /// The last signed checkpoint of a page that was committed whole: shown at the next opening.
  var checkpoint: SignedCheckpoint?
  /// What has been published there: (bundle id, hash of the lists, one-time prekeys are up to date).
  var publishedBundleID: UInt32
  var publishedListsHash: FixedBytes<32>
  var wantsOneTimeRefill: Bool

  var bytes: [UInt8] {
    get throws(LayoutError) {
      var writer = LayoutWriter()
      writer.uint8(2)
      try writer.lengthPrefixed8([UInt8](host.utf8))
      writer.append(relayKey.bytes)
      writer.append(mailbox.bytes)
      writer.uint64(fence.generation)
      writer.append(fence.nonce.bytes)
      writer.uint8(proposed == nil ? 0 : 1)
      writer.append((proposed ?? .none).bytes)
      writer.uint64(cursor)
      writer.uint32(epoch)
      writer.uint32(publishedBundleID)
      writer.append(publishedListsHash)
      writer.uint8(wantsOneTimeRefill ? 1 : 0)
      writer.uint8(logHead == nil ? 0 : 1)
      writer.append(logHead ?? FixedBytes())
      try writer.lengthPrefixed8(checkpoint?.bytes ?? [])
      return writer.bytes
    }
  }

  /// A mailbox that no relay has seen yet.
  init(host: String, relayKey: RelayKey, mailbox: MailboxID) {
    self.host = host
    self.relayKey = relayKey
    self.mailbox = mailbox
    fence = .unopened
    proposed = nil
    cursor = 0
    epoch = 0
    logHead = nil
    checkpoint = nil
    publishedBundleID = 0
    publishedListsHash = FixedBytes()
    wantsOneTimeRefill = true
  }

  /// Takes version 2, and version 1, which ends before the log's head: such a vault believes the first signed one.
  init(_ bytes: [UInt8]) throws(LayoutError) {
    var reader = LayoutReader(bytes)
    let version = try reader.uint8()
    guard version == 1 || version == 2 else {
      throw .unknownValue(field: "mailbox record version", value: Int(version))
    }
    host = String(decoding: try reader.lengthPrefixed8(), as: UTF8.self)
    relayKey = RelayKey(try reader.fixed())
    mailbox = MailboxID(try reader.fixed())
    fence = Fence(generation: try reader.uint64(), nonce: FenceNonce(try reader.fixed()))
    let hasProposal = try reader.uint8() == 1
    let proposal = FenceNonce(try reader.fixed())
    proposed = hasProposal ? proposal : nil
    cursor = try reader.uint64()
    epoch = try reader.uint32()
    publishedBundleID = try reader.uint32()
    publishedListsHash = try reader.fixed()
    wantsOneTimeRefill = try reader.uint8() == 1
    if version == 1 {
      logHead = nil
      checkpoint = nil
    } else {
      let hasHead = try reader.uint8() == 1
      let head: FixedBytes<32> = try reader.fixed()
      logHead = hasHead ? head : nil
      checkpoint = try SignedCheckpoint(optional: try reader.lengthPrefixed8())
    }
    try reader.finish()
  }

  /// Where in the relay's log this vault is.
  var logPosition: LogPosition {
    LogPosition(
      relayKey: relayKey, mailbox: mailbox, epoch: epoch, seq: cursor, head: logHead, checkpoint: checkpoint)
  }

  /// Goes back to the last whole page, if a crash has left the cursor inside one: only that place can be shown to the
  /// relay, and only from there can be judged what it does next. What comes twice is dropped as replays.
  mutating func returnToCheckpoint() {
    guard let last = checkpoint?.checkpoint, cursor > last.seq else { return }
    cursor = last.seq
    epoch = last.epoch
    logHead = last.head
  }
}

extension Messenger {
  /// The mailboxes of this device, in the order of its routes.
  package func homeMailboxes() throws -> [HomeMailbox] {
    try vault.read { transaction in try homeMailboxes(transaction) }
  }

  func homeMailboxes(_ transaction: VaultTransaction) throws -> [HomeMailbox] {
    try transaction.mailboxes().map { record in
      let state = try MailboxState(record.body)
      return HomeMailbox(
        id: record.id, host: state.host, relayKey: state.relayKey, mailbox: state.mailbox, cursor: state.cursor)
    }
  }

  func mailboxState(_ id: Int64, _ transaction: VaultTransaction) throws -> MailboxState {
    guard let record = try transaction.mailbox(id: id) else { throw MessagingError.damagedRecord(table: "mailbox") }
    return try MailboxState(record.body)
  }

  func setMailboxState(_ id: Int64, _ state: MailboxState, _ transaction: VaultTransaction) throws {
    try transaction.updateMailbox(MailboxRecord(id: id, body: try state.bytes))
  }
}
