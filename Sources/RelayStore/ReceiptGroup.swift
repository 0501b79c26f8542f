import ByteLayout
import Foundation
import RelayCore
import RelayProofs
import RelayWire
import Verification

/// The leaves of one commit group, in the order in which its puts were judged (C8).
struct ReceiptGroup {
  private var leaves: [FixedBytes<32>] = []

  /// Adds one stored envelope.
  ///
  /// - Returns: its place in the group.
  mutating func add(_ leaf: FixedBytes<32>) -> Int {
    leaves.append(leaf)
    return leaves.count - 1
  }

  /// Signs the group, once for every 256 leaves; a group of the writer has 64 envelopes at most.
  ///
  /// Called after the COMMIT returned, never before.
  func signed(by signer: any RelaySigner, at seconds: UInt64) -> SignedReceipts {
    var receipts = SignedReceipts()
    var start = 0
    while start < leaves.count {
      let end = min(start + StoredReceiptTree.maximumCount, leaves.count)
      receipts.append(tree(leaves[start..<end], signer, seconds))
      start = end
    }
    return receipts
  }

  private func tree(
    _ leaves: ArraySlice<FixedBytes<32>>, _ signer: any RelaySigner, _ seconds: UInt64
  ) -> SignedReceipts.Tree? {
    guard let (treeRoot, paths) = StoredReceiptTree.build(leaves) else { return nil }
    let root = StoredRoot(
      relayKey: signer.relayKey, at: seconds, count: UInt16(leaves.count), treeRoot: treeRoot)
    guard let signature = signer.signature(label: StoredRoot.label, body: root.bytes) else { return nil }
    return SignedReceipts.Tree(root: root, signature: Signature(signature), paths: paths)
  }
}

/// The proofs of one commit group that is durable and signed.
struct SignedReceipts {
  struct Tree {
    let root: StoredRoot
    let signature: Signature
    let paths: [[FixedBytes<32>]]
  }

  /// One per 256 leaves; nil where the relay could not sign.
  private var trees: [Tree?] = []

  mutating func append(_ tree: Tree?) { trees.append(tree) }

  /// The proof of the leaf at `place` in the group; empty without one.
  func proof(at place: Int?) -> Data {
    guard let place, trees.indices.contains(place / StoredReceiptTree.maximumCount),
      let tree = trees[place / StoredReceiptTree.maximumCount]
    else { return Data() }
    let index = place % StoredReceiptTree.maximumCount
    guard tree.paths.indices.contains(index) else { return Data() }
    return Data(
      StoredReceiptProof(
        root: tree.root, signature: tree.signature, index: UInt16(index), path: tree.paths[index]
      ).bytes)
  }
}
