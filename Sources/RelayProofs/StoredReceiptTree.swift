package import ByteLayout
package import RelayWire
import Verification

/// The Merkle tree over one commit group of stored envelopes (C8), split as RFC 6962 splits. Computes; signs nothing.
package enum StoredReceiptTree {
  /// Leaves of one tree, at most: what fits under a path of 8.
  package static let maximumCount = 256
  /// Siblings on the way from a leaf to the root, at most.
  private static let maximumDepth = 8

  /// SHA-256(0x00 ‖ "Sotto_StoredLeaf_v1" ‖ 0x00 ‖ mailbox ‖ envelopeId ‖ hash(envelope) ‖ storedAt u64).
  package static func leaf(
    mailbox: MailboxID, envelopeID: EnvelopeID, envelopeHash: EnvelopeHash, storedAt: UInt64
  ) -> FixedBytes<32> {
    var writer = LayoutWriter(capacity: 112)
    writer.uint8(0)
    writer.append("Sotto_StoredLeaf_v1".utf8)
    writer.uint8(0)
    writer.append(mailbox.bytes)
    writer.append(envelopeID.bytes)
    writer.append(envelopeHash.bytes)
    writer.uint64(storedAt)
    return ContentHash.sha256(writer.bytes)
  }

  /// SHA-256(0x01 ‖ left ‖ right).
  package static func node(_ left: FixedBytes<32>, _ right: FixedBytes<32>) -> FixedBytes<32> {
    var writer = LayoutWriter(capacity: 65)
    writer.uint8(1)
    writer.append(left)
    writer.append(right)
    return ContentHash.sha256(writer.bytes)
  }

  /// The root over 1 … 256 leaves and the path of every leaf, siblings from the leaf up; each node is hashed once.
  ///
  /// - Returns: nil for no leaves, and for more than ``maximumCount``.
  package static func build(_ leaves: ArraySlice<FixedBytes<32>>) -> (root: FixedBytes<32>, paths: [[FixedBytes<32>]])?
  {
    guard leaves.count <= maximumCount else { return nil }
    var paths = leaves.map { _ in
      var path: [FixedBytes<32>] = []
      path.reserveCapacity(maximumDepth)
      return path
    }
    guard let root = subtree(leaves, first: leaves.startIndex, &paths) else { return nil }
    return (root, paths)
  }

  /// The root that a leaf at `index` of `count` and its path lead to; nil when the path has another length than it must.
  package static func root(
    from leaf: FixedBytes<32>, at index: Int, of count: Int, path: [FixedBytes<32>]
  ) -> FixedBytes<32>? {
    guard count >= 1, count <= maximumCount, index >= 0, index < count else { return nil }
    // Which side the leaf is on, from the root down.
    var turns: [Bool] = []
    var (place, size) = (index, count)
    while size > 1 {
      let half = split(size)
      turns.append(place < half)
      if place < half { size = half } else { (place, size) = (place - half, size - half) }
    }
    guard turns.count == path.count else { return nil }
    var value = leaf
    for (isLeft, sibling) in zip(turns.reversed(), path) {
      value = isLeft ? node(value, sibling) : node(sibling, value)
    }
    return value
  }

  private static func subtree(
    _ leaves: ArraySlice<FixedBytes<32>>, first: Int, _ paths: inout [[FixedBytes<32>]]
  ) -> FixedBytes<32>? {
    guard let leaf = leaves.first else { return nil }
    guard leaves.count > 1 else { return leaf }
    let middle = leaves.startIndex + split(leaves.count)
    guard let left = subtree(leaves[..<middle], first: first, &paths),
      let right = subtree(leaves[middle...], first: first, &paths)
    else { return nil }
    for index in leaves.startIndex..<middle { paths[index - first].append(right) }
    for index in middle..<leaves.endIndex { paths[index - first].append(left) }
    return node(left, right)
  }

  /// The largest power of two below `count`, for count ≥ 2.
  private static func split(_ count: Int) -> Int {
    var half = 1
    while half * 2 < count { half *= 2 }
    return half
  }
}
