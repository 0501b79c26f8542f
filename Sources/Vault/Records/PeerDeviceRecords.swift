package import ByteLayout
import Foundation

/// A device of a contact, and how far the numbered messages to and from it have come (Protocol §6, Resending).
package struct PeerDeviceRecord: Hashable, Sendable {
  /// 0 until it is inserted.
  package var id: Int64
  package var contactID: Int64
  package var deviceNumber: UInt32
  /// Look-up hash of the device key; unique.
  package var keyHash: FixedBytes<16>
  /// The number of the next message to it, from 1.
  package var nextPairSeq: UInt64
  /// All messages from it up to this number have been processed: the pairAck to send.
  package var receivedUpTo: UInt64
  /// The pairAck that it has sent.
  package var acknowledgedUpTo: UInt64
  package var body: [UInt8]

  package init(
    id: Int64 = 0, contactID: Int64, deviceNumber: UInt32, keyHash: FixedBytes<16>, nextPairSeq: UInt64 = 1,
    receivedUpTo: UInt64 = 0, acknowledgedUpTo: UInt64 = 0, body: [UInt8]
  ) {
    self.id = id
    self.contactID = contactID
    self.deviceNumber = deviceNumber
    self.keyHash = keyHash
    self.nextPairSeq = nextPairSeq
    self.receivedUpTo = receivedUpTo
    self.acknowledgedUpTo = acknowledgedUpTo
    self.body = body
  }
}

extension VaultTransaction {
  private static let peerDeviceColumns =
    """
    SELECT id, contact_id, device_number, key_hash, next_pair_seq, received_up_to, acknowledged_up_to, sealed
    FROM peer_device
    """

  /// Inserts a device of a contact.
  ///
  /// - Returns: its id.
  /// - Throws: ``VaultError/duplicate`` for a key that is there.
  @discardableResult
  package func insertPeerDevice(_ record: PeerDeviceRecord) throws(VaultError) -> Int64 {
    let id = try nextRowID(.peerDevice)
    let sealed = try seal(.peerDevice, id) { $0.append(record.body) }
    try execute(
      """
      INSERT INTO peer_device (
        id, contact_id, device_number, key_hash, next_pair_seq, received_up_to, acknowledged_up_to, sealed)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        id, record.contactID, Int64(record.deviceNumber), record.keyHash, try Self.stored(record.nextPairSeq),
        try Self.stored(record.receivedUpTo), try Self.stored(record.acknowledgedUpTo), sealed,
      ])
    return id
  }

  static let peerDeviceUpdate =
    """
    UPDATE peer_device SET contact_id = ?, device_number = ?, key_hash = ?, next_pair_seq = ?,
      received_up_to = max(received_up_to, ?), acknowledged_up_to = ?, sealed = ? WHERE id = ?
    """

  func peerDeviceArguments(_ record: PeerDeviceRecord) throws(VaultError) -> [Argument] {
    [
      record.contactID, Int64(record.deviceNumber), record.keyHash, try Self.stored(record.nextPairSeq),
      try Self.stored(record.receivedUpTo), try Self.stored(record.acknowledgedUpTo),
      try seal(.peerDevice, record.id) { $0.append(record.body) }, record.id,
    ]
  }

  /// Changes a device. `receivedUpTo` never goes back: ``noteReceived(peerDeviceID:pairSeq:)`` may have moved it since.
  package func updatePeerDevice(_ record: PeerDeviceRecord) throws(VaultError) {
    try allowChange()
    for counter in [record.nextPairSeq, record.receivedUpTo, record.acknowledgedUpTo] { _ = try Self.stored(counter) }
    // What another row may forbid does not wait.
    guard let present = kept.peerDevices[record.id]?.record, present.contactID == record.contactID,
      present.keyHash == record.keyHash
    else { return try executeOnOne(Self.peerDeviceUpdate, try peerDeviceArguments(record)) }
    var changed = record
    changed.receivedUpTo = max(present.receivedUpTo, record.receivedUpTo)
    guard changed != present else { return }
    kept.peerDevices[record.id] = KeptRows.Kept(record: changed, isChanged: true)
    kept.unwritten.insert(.peerDevices)
  }

  package func peerDevice(id: Int64) throws(VaultError) -> PeerDeviceRecord? {
    if let present = kept.peerDevices[id] { return present.record }
    return try keep(try unkeptRow(Self.peerDeviceColumns + " WHERE id = ?", [id]))
  }

  package func peerDevice(keyHash: FixedBytes<16>) throws(VaultError) -> PeerDeviceRecord? {
    if let id = kept.peerDeviceIDs[keyHash], let present = kept.peerDevices[id] { return present.record }
    return try keep(try unkeptRow(Self.peerDeviceColumns + " WHERE key_hash = ?", [keyHash]))
  }

  private func keep(_ row: VaultRow?) throws(VaultError) -> PeerDeviceRecord? {
    guard let record = try row.map(peerDevice) else { return nil }
    if kept.peerDevices.count >= KeptRows.maximumCount {
      try writeChanges(of: .peerDevices)
      kept.forget(.peerDevices)
    }
    kept.peerDevices[record.id] = KeptRows.Kept(record: record)
    kept.peerDeviceIDs[record.keyHash] = record.id
    return record
  }

  /// The devices of a contact, by device number.
  package func peerDevices(contactID: Int64) throws(VaultError) -> [PeerDeviceRecord] {
    try all(Self.peerDeviceColumns + " WHERE contact_id = ? ORDER BY device_number, id", [contactID], peerDevice)
  }

  /// Deletes a device with its sessions, log and outbox rows.
  package func deletePeerDevice(id: Int64) throws(VaultError) {
    try executeOnOne("DELETE FROM peer_device WHERE id = ?", [id])
  }

  private func peerDevice(_ row: VaultRow) throws(VaultError) -> PeerDeviceRecord {
    let id = try row.integer(0)
    let body = try open(try row.blob(7), .peerDevice, id) { reader throws(LayoutError) in [UInt8](reader.rest()) }
    return PeerDeviceRecord(
      id: id, contactID: try row.integer(1), deviceNumber: try row.uint32(2), keyHash: try row.hash(3),
      nextPairSeq: try row.uint64(4), receivedUpTo: try row.uint64(5), acknowledgedUpTo: try row.uint64(6), body: body)
  }
}
