import ByteLayout
package import RelayWire
import Vault

/// What is kept when a relay has misbehaved: the two checkpoints, and what did not fit between them.
package struct RelayEvidence: Hashable, Sendable {
  package let kind: RelayMisbehaviour
  /// The row of the mailbox in this vault.
  package let mailbox: Int64
  /// When it was seen, unix seconds.
  package let at: UInt64
  /// The last checkpoint that had been accepted.
  package let known: SignedCheckpoint?
  /// What the relay showed then: 181 bytes signed, 117 unsigned, empty when it showed none.
  package let shown: [UInt8]
  /// The unexplained gap's bytes (C7), else empty.
  package let detail: [UInt8]

  /// u8 kind ‖ mailbox u64 ‖ at u64 ‖ lp16(known) ‖ lp16(shown) ‖ lp16(detail).
  fileprivate func write(to writer: inout LayoutWriter) throws(LayoutError) {
    writer.uint8(kind.rawValue)
    writer.uint64(UInt64(bitPattern: mailbox))
    writer.uint64(at)
    try writer.lengthPrefixed16(known?.bytes ?? [])
    try writer.lengthPrefixed16(shown)
    try writer.lengthPrefixed16(detail)
  }

  fileprivate init(reading reader: inout LayoutReader) throws(LayoutError) {
    let kind = try reader.uint8()
    guard let kind = RelayMisbehaviour(rawValue: kind) else {
      throw .unknownValue(field: "misbehaviour", value: Int(kind))
    }
    self.kind = kind
    mailbox = Int64(bitPattern: try reader.uint64())
    at = try reader.uint64()
    known = try SignedCheckpoint(optional: try reader.lengthPrefixed16())
    shown = [UInt8](try reader.lengthPrefixed16())
    detail = [UInt8](try reader.lengthPrefixed16())
  }

  init(
    kind: RelayMisbehaviour, mailbox: Int64, at: UInt64, known: SignedCheckpoint?, shown: [UInt8], detail: [UInt8]
  ) {
    self.kind = kind
    self.mailbox = mailbox
    self.at = at
    self.known = known
    self.shown = shown
    self.detail = detail
  }

  /// Records that are kept, at most: the first ones, so that a relay cannot push out what it did before.
  static let maximumCount = 32
}

extension SignedCheckpoint {
  /// Takes 181 bytes, or none.
  init?(optional bytes: ArraySlice<UInt8>) throws(LayoutError) {
    guard !bytes.isEmpty else { return nil }
    var reader = LayoutReader(bytes)
    self.init(checkpoint: try Checkpoint(reading: &reader), signature: try reader.fixed())
    try reader.finish()
  }
}

extension Messenger {
  /// What relays of this device have been seen doing, oldest first.
  package func relayEvidence() throws -> [RelayEvidence] {
    try vault.read { transaction in try relayEvidence(transaction) }
  }

  /// The last signed checkpoint of a mailbox that was accepted.
  package func lastCheckpoint(mailbox id: Int64) throws -> SignedCheckpoint? {
    try vault.read { transaction in try mailboxState(id, transaction).checkpoint }
  }

  /// Keeps the evidence and tells the user, once for each kind, mailbox and epoch.
  func note(_ evidence: RelayEvidence, epoch: UInt32, _ transaction: VaultTransaction) throws {
    var all = try relayEvidence(transaction)
    let isKnown = all.contains {
      $0.kind == evidence.kind && $0.mailbox == evidence.mailbox
        && ($0.known?.checkpoint.epoch ?? epoch) == (evidence.known?.checkpoint.epoch ?? epoch)
    }
    guard !isKnown, all.count < RelayEvidence.maximumCount else { return }
    all.append(evidence)
    var writer = LayoutWriter()
    writer.uint8(1)
    writer.uint8(UInt8(clamping: all.count))
    for evidence in all { try evidence.write(to: &writer) }
    try transaction.setDeviceValue(.relayEvidence, writer.bytes)
    try appendEvent(.relayMisbehaved, message: nil, transaction)
  }

  private func relayEvidence(_ transaction: VaultTransaction) throws -> [RelayEvidence] {
    guard let bytes = try transaction.deviceValue(.relayEvidence) else { return [] }
    var reader = LayoutReader(bytes)
    try reader.expect(1, field: "evidence record version")
    let count = try reader.uint8()
    var all: [RelayEvidence] = []
    for _ in 0..<count { all.append(try RelayEvidence(reading: &reader)) }
    try reader.finish()
    return all
  }
}
