import ByteLayout
import RelayWire

/// What an outbox row is about.
enum OutboxKind: UInt8, Hashable, Sendable {
  /// A message of a conversation; the content is read from its own row, so that erasing it empties the outbox too.
  case message = 0
  /// Receipts.
  case receipt = 1
  /// Introductions and other control.
  case control = 2
  /// Something that is done to messages or conversations.
  case operation = 3
  /// A large file that its message waits for. (4 was an operation in a secret chat.)
  case upload = 5
  /// The own profile, as it is when it is encrypted.
  case profile = 6
  /// An edit of a message; like the message itself it is read from the message's row.
  case edit = 7
}

enum OutboxState: UInt8, Hashable, Sendable {
  /// Not encrypted yet: that happens directly before the first attempt.
  case waiting = 0
  /// The sealed bytes are on disk; every attempt sends the same ones.
  case ready = 1

  static let all: Set<UInt8> = [waiting.rawValue, ready.rawValue]
}

/// The sealed part of an outbox row.
enum OutboxBody: Hashable, Sendable {
  /// Waiting: the content, empty for messages.
  case content([UInt8])
  /// Ready: where the envelope goes, and its bytes.
  case envelope(SealedPut)
  /// A large file on its way to the relay.
  case upload(Upload)

  struct Upload: Hashable, Sendable {
    let storedAs: String
    let capability: UploadCapability
    let fileByteCount: UInt64
  }

  struct SealedPut: Hashable, Sendable {
    let host: String
    let relayKey: RelayKey
    let mailbox: MailboxID
    let envelopeID: EnvelopeID
    let deletionHash: DeletionHash
    let envelope: [UInt8]
  }

  init(_ bytes: [UInt8]) throws(LayoutError) {
    var reader = LayoutReader(bytes)
    switch try reader.uint8() {
    case 1: self = .content([UInt8](reader.rest()))
    case 2:
      self = .envelope(
        SealedPut(
          host: String(decoding: try reader.lengthPrefixed8(), as: UTF8.self), relayKey: RelayKey(try reader.fixed()),
          mailbox: MailboxID(try reader.fixed()), envelopeID: EnvelopeID(try reader.fixed()),
          deletionHash: DeletionHash(try reader.fixed()), envelope: [UInt8](reader.rest())))
    case 3:
      self = .upload(
        Upload(
          storedAs: String(decoding: try reader.lengthPrefixed8(), as: UTF8.self),
          capability: UploadCapability(try reader.fixed()), fileByteCount: try reader.uint64()))
      try reader.finish()
    case let other: throw .unknownValue(field: "outbox record version", value: Int(other))
    }
  }

  var bytes: [UInt8] {
    get throws(LayoutError) {
      var writer = LayoutWriter()
      switch self {
      case .content(let content):
        writer.uint8(1)
        writer.append(content)
      case .envelope(let put):
        writer.uint8(2)
        try writer.lengthPrefixed8([UInt8](put.host.utf8))
        writer.append(put.relayKey.bytes)
        writer.append(put.mailbox.bytes)
        writer.append(put.envelopeID.bytes)
        writer.append(put.deletionHash.bytes)
        writer.append(put.envelope)
      case .upload(let upload):
        writer.uint8(3)
        try writer.lengthPrefixed8([UInt8](upload.storedAs.utf8))
        writer.append(upload.capability.bytes)
        writer.uint64(upload.fileByteCount)
      }
      return writer.bytes
    }
  }
}
