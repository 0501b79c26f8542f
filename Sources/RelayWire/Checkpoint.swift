package import ByteLayout
package import FoundationEssentials

/// The state of a mailbox's log after `seq` (C7): what a relay signs, 117 bytes.
package struct Checkpoint: Hashable, Sendable {
  /// The layout's size, without the signature.
  package static let byteCount = 1 + 32 + 32 + 4 + 8 + 32 + 8

  package let relayKey: RelayKey
  package let mailbox: MailboxID
  /// From 1.
  package let epoch: UInt32
  /// The last seq that ``head`` covers; 0: none.
  package let seq: UInt64
  /// The log's chained hash after ``seq``.
  package let head: FixedBytes<32>
  /// Unix seconds.
  package let at: UInt64

  package init(
    relayKey: RelayKey, mailbox: MailboxID, epoch: UInt32, seq: UInt64, head: FixedBytes<32>, at: UInt64
  ) {
    self.relayKey = relayKey
    self.mailbox = mailbox
    self.epoch = epoch
    self.seq = seq
    self.head = head
    self.at = at
  }

  /// 0x01 ‖ relayKey ‖ mailbox ‖ epoch u32 ‖ seq u64 ‖ head(32) ‖ at u64.
  package var bytes: [UInt8] {
    var writer = LayoutWriter(capacity: Self.byteCount)
    writer.uint8(1)
    writer.append(relayKey.bytes)
    writer.append(mailbox.bytes)
    writer.uint32(epoch)
    writer.uint64(seq)
    writer.append(head)
    writer.uint64(at)
    return writer.bytes
  }

  /// Takes the layout of ``bytes``.
  package init(reading reader: inout LayoutReader) throws(LayoutError) {
    try reader.expect(1, field: "checkpoint version")
    relayKey = RelayKey(try reader.fixed())
    mailbox = MailboxID(try reader.fixed())
    epoch = try reader.uint32()
    seq = try reader.uint64()
    head = try reader.fixed()
    at = try reader.uint64()
  }
}

/// A checkpoint with the relay's signature, carried verbatim, 181 bytes (C7). Not verified here.
package struct SignedCheckpoint: Hashable, Sendable {
  package let checkpoint: Checkpoint
  /// Sign(relay, "Sotto_Checkpoint_v1", all before), 64 bytes.
  package let signature: FixedBytes<64>

  package init(checkpoint: Checkpoint, signature: FixedBytes<64>) {
    self.checkpoint = checkpoint
    self.signature = signature
  }

  /// The 181 bytes.
  package var bytes: [UInt8] { checkpoint.bytes + signature.array }

  /// - Throws: ``WireError/wrongByteCount(field:actual:)`` or ``WireError/outOfRange(field:)``.
  package init(_ data: Data) throws(WireError) {
    guard data.count == Checkpoint.byteCount + 64 else {
      throw .wrongByteCount(field: "checkpoint", actual: data.count)
    }
    var reader = LayoutReader([UInt8](data))
    do throws(LayoutError) {
      checkpoint = try Checkpoint(reading: &reader)
      signature = try reader.fixed()
    } catch { throw .outOfRange(field: "checkpoint") }
  }
}

/// The checkpoint that ends a page. Relays sign them; one without a signature can be read, and nodes refuse its page.
package enum PageCheckpoint: Hashable, Sendable {
  case unsigned(Checkpoint)
  case signed(SignedCheckpoint)

  /// What it says, signed or not.
  package var checkpoint: Checkpoint {
    switch self {
    case .unsigned(let checkpoint): checkpoint
    case .signed(let signed): signed.checkpoint
    }
  }

  /// 117 or 181 bytes.
  package var bytes: [UInt8] {
    switch self {
    case .unsigned(let checkpoint): checkpoint.bytes
    case .signed(let signed): signed.bytes
    }
  }

  /// - Throws: ``WireError/wrongByteCount(field:actual:)`` for any size but the two.
  package init(_ data: Data) throws(WireError) {
    guard data.count == Checkpoint.byteCount else {
      self = .signed(try SignedCheckpoint(data))
      return
    }
    var reader = LayoutReader([UInt8](data))
    do throws(LayoutError) { self = .unsigned(try Checkpoint(reading: &reader)) } catch {
      throw .outOfRange(field: "checkpoint")
    }
  }
}
