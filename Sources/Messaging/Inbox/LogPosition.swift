import ByteLayout
import RelayProofs
import RelayWire

/// How far this device has followed one mailbox's log (C7). Pure: takes pages, and says what is wrong with one.
struct LogPosition: Hashable, Sendable {
  let relayKey: RelayKey
  let mailbox: MailboxID
  /// 0 before the first page.
  let epoch: UInt32
  /// Everything up to this seq was seen.
  let seq: UInt64
  /// The chained hash after ``seq``; nil when this vault is from before heads were kept: the first signed one is taken.
  let head: FixedBytes<32>?
  /// The last signed checkpoint that was kept. Its seq is at most ``seq``.
  let checkpoint: SignedCheckpoint?

  /// What is wrong, and the bytes that show it.
  struct Lie: Error, Hashable, Sendable {
    let kind: RelayMisbehaviour
    /// The gap that is not explained; else empty.
    var detail: [UInt8] = []
  }

  /// Judges a whole page, before anything of it is processed.
  ///
  /// A higher epoch is believed only with the relay's signature under a log that goes on from ``checkpoint`` (Protocol §6,
  /// "Rolled-back relays").
  /// - Parameter now: unix seconds.
  /// - Returns: nil for a page that ends before ``seq``: it is late and says nothing new.
  /// - Throws: ``Lie``.
  func judge(_ page: MailboxPage, now: UInt64) throws(Lie) -> JudgedPage? {
    guard case .signed(let signed) = page.checkpoint else { throw Lie(kind: .unsigned) }
    guard signed.isValid(relayKey: relayKey, mailbox: mailbox) else { throw Lie(kind: .badSignature) }
    guard page.epoch >= epoch else { throw Lie(kind: .wrongEpoch) }
    if let known = checkpoint?.checkpoint, known.epoch == page.epoch, known.seq == signed.checkpoint.seq,
      known.head != signed.checkpoint.head
    {
      throw Lie(kind: .conflictingCheckpoints)
    }
    guard page.after < seq || page.head >= seq else { throw Lie(kind: .truncated) }
    guard page.end >= seq else { return nil }
    let start = startingHead(in: page.epoch)
    let heads = try heads(page, from: start ?? FixedBytes(), now: now)
    if let start, heads.last ?? start != signed.checkpoint.head { throw Lie(kind: .brokenChain) }
    return JudgedPage(
      after: seq, heads: start == nil ? [] : heads, checkpoint: signed, showsRollback: epoch > 0 && page.epoch > epoch)
  }

  private func heads(_ page: MailboxPage, from start: FixedBytes<32>, now: UInt64) throws(Lie) -> [FixedBytes<32>] {
    var heads: [FixedBytes<32>] = []
    var head = start
    for item in page.items where item.seq > seq {
      switch item {
      case .envelope(let stored):
        head = MailboxLog.head(after: head, stored.leaf(envelopeHash: MailboxLog.hash(stored.envelope)))
      case .gap(let gap):
        guard gap.isExplained(now: now) else { throw Lie(kind: .unexplainedGap, detail: gap.bytes) }
        head = MailboxLog.head(after: head, gap.leaf)
      }
      heads.append(head)
    }
    return heads
  }

  /// The head that a page of this epoch must go on from; nil when nothing is known of it, and the first signed head is
  /// believed.
  private func startingHead(in pageEpoch: UInt32) -> FixedBytes<32>? {
    if pageEpoch == epoch, let head { return head }
    if pageEpoch > epoch, let last = checkpoint?.checkpoint {
      return MailboxLog.start(
        relayKey: relayKey, mailbox: mailbox, epoch: pageEpoch, lastSeq: last.seq, lastHead: last.head)
    }
    guard seq == 0, pageEpoch == MailboxLog.firstEpoch else { return nil }
    return MailboxLog.start(relayKey: relayKey, mailbox: mailbox)
  }
}

/// A page that follows from what was known.
struct JudgedPage: Hashable, Sendable {
  /// What was known when it was judged.
  let after: UInt64
  /// The log's heads after ``after`` + 1, + 2, …; empty where no head was known to start from.
  let heads: [FixedBytes<32>]
  let checkpoint: SignedCheckpoint
  /// The relay went on in a new epoch: it has been rolled back.
  let showsRollback: Bool

  /// The head after `seq`, if it is known.
  func head(after seq: UInt64) -> FixedBytes<32>? {
    guard seq > after, let index = Int(exactly: seq - after - 1), index < heads.count else { return nil }
    return heads[index]
  }

  /// Whether it says nothing but that nothing has changed since `known`.
  func repeats(_ known: SignedCheckpoint?) -> Bool {
    guard let known = known?.checkpoint else { return false }
    let new = checkpoint.checkpoint
    return known.epoch == new.epoch && known.seq == new.seq && known.head == new.head
  }
}
