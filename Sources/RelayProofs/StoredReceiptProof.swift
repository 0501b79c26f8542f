package import ByteLayout
package import RelayWire
package import Verification

/// What a relay signs once for a commit group (C8), 75 bytes.
package struct StoredRoot: Hashable, Sendable {
  /// The label of Sign(relay, label, root).
  package static let label = "Sotto_StoredRoot_v1"

  package let relayKey: RelayKey
  /// When the group was committed, Unix seconds.
  package let at: UInt64
  /// Leaves in the tree, 1 … 256.
  package let count: UInt16
  package let treeRoot: FixedBytes<32>

  package init(relayKey: RelayKey, at: UInt64, count: UInt16, treeRoot: FixedBytes<32>) {
    self.relayKey = relayKey
    self.at = at
    self.count = count
    self.treeRoot = treeRoot
  }

  /// 0x01 ‖ relayKey ‖ at u64 ‖ count u16 ‖ treeRoot(32).
  package var bytes: [UInt8] {
    var writer = LayoutWriter(capacity: 75)
    writer.uint8(1)
    writer.append(relayKey.bytes)
    writer.uint64(at)
    writer.uint16(count)
    writer.append(treeRoot)
    return writer.bytes
  }

  fileprivate init(reading reader: inout LayoutReader) throws(LayoutError) {
    try reader.expect(1, field: "stored root version")
    relayKey = RelayKey(try reader.fixed())
    at = try reader.uint64()
    count = try reader.uint16()
    treeRoot = try reader.fixed()
  }
}

/// The proof in a stored receipt: one envelope's place under a root that its relay signed (C8), 142 … 398 bytes.
package struct StoredReceiptProof: Hashable, Sendable {
  package let root: StoredRoot
  package let signature: Signature
  package let index: UInt16
  /// Siblings from the leaf up, at most 8.
  package let path: [FixedBytes<32>]

  package init(root: StoredRoot, signature: Signature, index: UInt16, path: [FixedBytes<32>]) {
    self.root = root
    self.signature = signature
    self.index = index
    self.path = path
  }

  /// root ‖ Sign(relay, "Sotto_StoredRoot_v1", root) ‖ index u16 ‖ depth u8 ‖ path.
  package var bytes: [UInt8] {
    var writer = LayoutWriter(capacity: 142 + 32 * path.count)
    writer.append(root.bytes)
    writer.append(signature.bytes)
    writer.uint16(index)
    writer.uint8(UInt8(truncatingIfNeeded: path.count))
    for sibling in path { writer.append(sibling) }
    return writer.bytes
  }

  /// Takes exactly the layout of ``bytes``; verifies nothing.
  package init(_ bytes: [UInt8]) throws(LayoutError) {
    var reader = LayoutReader(bytes)
    root = try StoredRoot(reading: &reader)
    signature = Signature(try reader.fixed())
    index = try reader.uint16()
    let depth = try reader.uint8()
    guard depth <= 8 else { throw .tooLong(limit: 8, actual: Int(depth)) }
    var path: [FixedBytes<32>] = []
    for _ in 0..<depth { path.append(try reader.fixed()) }
    self.path = path
    try reader.finish()
  }

  /// Whether `relayKey` says with this that it stored the envelope with this hash at `storedAt`.
  package func isValid(
    relayKey: RelayKey, mailbox: MailboxID, envelopeID: EnvelopeID, envelopeHash: EnvelopeHash, storedAt: UInt64
  ) -> Bool {
    let leaf = StoredReceiptTree.leaf(
      mailbox: mailbox, envelopeID: envelopeID, envelopeHash: envelopeHash, storedAt: storedAt)
    guard root.relayKey == relayKey,
      StoredReceiptTree.root(from: leaf, at: Int(index), of: Int(root.count), path: path) == root.treeRoot
    else { return false }
    return VerifyingKey(relayKey.bytes).isValid(signature, label: StoredRoot.label, body: root.bytes)
  }
}

extension StoredReceipt {
  /// Whether this receipt answers `put` and carries the relay's proof that the very envelope is stored (C8).
  ///
  /// - Parameter relayKey: the key that the recipient's route names.
  package func proves(_ put: PutCommand, relayKey: RelayKey) -> Bool {
    // A proof that cannot be read proves nothing.
    guard envelopeID == put.envelopeID, let proof = try? StoredReceiptProof([UInt8](proof)) else { return false }
    return proof.isValid(
      relayKey: relayKey, mailbox: put.mailbox, envelopeID: put.envelopeID,
      envelopeHash: MailboxLog.hash(put.envelope), storedAt: storedAt)
  }
}
