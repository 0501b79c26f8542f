import ByteLayout
import FoundationEssentials
import RelayWire
import SwiftProtobuf

/// Valid values of every kind, to be broken one field at a time.
enum Sample {
  static func fixed<let count: Int>(_ byte: UInt8) -> FixedBytes<count> {
    var value = FixedBytes<count>()
    for index in 0..<count { value[index] = byte }
    return value
  }

  static let mailbox = MailboxID(fixed(0x33))
  static let otherMailbox = MailboxID(fixed(0x34))
  static let relayKey = RelayKey(fixed(0x11))

  static func data(_ count: Int) -> Data { Data(repeating: 0xA5, count: count) }

  static var put: Sotto_Relay_V1_Put {
    var put = Sotto_Relay_V1_Put()
    put.mailbox = data(32)
    put.envelopeID = data(16)
    put.tag = data(16)
    put.envelope = data(1_024)
    put.ttlDays = 7
    put.deletionHash = data(16)
    return put
  }

  static var openMailbox: Sotto_Relay_V1_OpenMailbox {
    var message = Sotto_Relay_V1_OpenMailbox()
    message.mailbox = data(32)
    message.nonce = Data(count: 16)
    message.nextNonce = data(16)
    message.signature = data(64)
    return message
  }

  static var admissionEntry: Sotto_Relay_V1_AdmissionEntry {
    var entry = Sotto_Relay_V1_AdmissionEntry()
    entry.hash = data(16)
    entry.fromDay = 20_000
    entry.untilDay = 20_002
    entry.rights = 7
    return entry
  }

  static func envelope(seq: UInt64, byteCount: Int = 1_024) throws -> StoredEnvelope {
    StoredEnvelope(
      seq: seq, envelopeID: EnvelopeID(fixed(UInt8(truncatingIfNeeded: seq))),
      envelope: try Envelope(data(byteCount)), storedAt: 1_790_000_000, expiresAt: 1_790_600_000,
      deletionHash: DeletionHash(fixed(2)))
  }

  static func gap(seq: UInt64, reason: LogGap.Reason = .expired) -> LogGap {
    LogGap(
      leaf: LogLeaf(
        seq: seq, envelopeID: EnvelopeID(fixed(3)), envelopeHash: EnvelopeHash(fixed(4)), storedAt: 5, expiresAt: 6,
        deletionHash: DeletionHash(fixed(7))), reason: reason)
  }

  static func checkpoint(seq: UInt64, mailbox: MailboxID = mailbox, epoch: UInt32 = 1) -> Checkpoint {
    Checkpoint(
      relayKey: relayKey, mailbox: mailbox, epoch: epoch, seq: seq, head: fixed(0x77), at: 1_790_000_001)
  }

  /// A frame around one command, as a hostile client could build it.
  static func frame(_ command: Sotto_Relay_V1_ClientFrame.OneOf_Command?, id: UInt64 = 1) throws -> [UInt8] {
    var frame = Sotto_Relay_V1_ClientFrame()
    frame.requestID = id
    frame.command = command
    return try frame.serializedBytes()
  }

  /// What decoding says about that frame.
  static func decode(_ command: Sotto_Relay_V1_ClientFrame.OneOf_Command) throws -> Result<ClientCommand, WireError> {
    try FrameCodec.decodeRequest(try frame(command)).command
  }
}

extension Result where Failure == WireError {
  var error: WireError? {
    if case .failure(let error) = self { return error }
    return nil
  }
}
