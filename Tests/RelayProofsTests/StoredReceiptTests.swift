import ByteLayout
import FoundationEssentials
import RelayProofs
import RelaySupport
import RelayWire
import Testing
import Verification

/// The numbers come from an independent computation (hashlib) of C8.
@Suite struct `A stored receipt` {
  private static func leaves(_ count: Int) throws -> [FixedBytes<32>] {
    try (1...count).map { number in
      StoredReceiptTree.leaf(
        mailbox: Sample.mailbox, envelopeID: EnvelopeID(Sample.fixed(UInt8(truncatingIfNeeded: number))),
        envelopeHash: MailboxLog.hash(
          try Envelope([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 1_024))), storedAt: 1_790_000_000)
    }
  }

  /// The proofs of a group of `count` envelopes, signed by a real key.
  private static func proofs(_ count: Int, _ key: TestRelayKey) throws -> [StoredReceiptProof] {
    let (treeRoot, paths) = try #require(StoredReceiptTree.build(try leaves(count)[...]))
    let root = StoredRoot(relayKey: key.relayKey, at: 1_790_000_001, count: UInt16(count), treeRoot: treeRoot)
    let signature = try #require(key.signature(label: StoredRoot.label, body: root.bytes))
    return paths.enumerated().map { index, path in
      StoredReceiptProof(root: root, signature: Signature(signature), index: UInt16(index), path: path)
    }
  }

  private static func put(_ number: Int, content: UInt8? = nil) throws -> PutCommand {
    let byte = UInt8(truncatingIfNeeded: number)
    return PutCommand(
      mailbox: Sample.mailbox, envelopeID: EnvelopeID(Sample.fixed(byte)), tag: AdmissionTag(Sample.fixed(9)),
      envelope: try Envelope([UInt8](repeating: content ?? byte, count: 1_024)), retention: .day,
      deletionHash: DeletionHash(Sample.fixed(5)))
  }

  private static func receipt(
    _ number: Int, _ proof: [UInt8], storedAt: UInt64 = 1_790_000_000
  ) -> StoredReceipt {
    StoredReceipt(
      envelopeID: EnvelopeID(Sample.fixed(UInt8(truncatingIfNeeded: number))), storedAt: storedAt, proof: Data(proof))
  }

  @Test func `has the tree of C8`() throws {
    let leaves = try Self.leaves(7)
    #expect(leaves[0].description == "3d16329cd711a52341e4d359249e1743d3dfd70f486ea5a4517a6c13126282ee")
    let (root, paths) = try #require(StoredReceiptTree.build(leaves[...]))
    #expect(root.description == "097bf5e7d521735926e0756c6d2c5d4d5e21ca89d19c20051f6a9d8d9f27d368")
    #expect(StoredReceiptTree.build([]) == nil)
    #expect(StoredReceiptTree.build([FixedBytes<32>](repeating: leaves[0], count: 257)[...]) == nil)
    // From leaf 4 of 7 up: its neighbour 5, then 6 alone, then the left half.
    #expect(paths[4].count == 3 && paths[6].count == 2)
    let pair = StoredReceiptTree.node(leaves[4], paths[4][0])
    #expect(StoredReceiptTree.node(paths[4][2], StoredReceiptTree.node(pair, paths[4][1])) == root)
  }

  @Test(arguments: [1, 2, 3, 7, 64, 65, 255, 256])
  func `verifies for every place in a group, and for no other place`(count: Int) throws {
    let key = try TestRelayKey()
    for (index, proof) in try Self.proofs(count, key).enumerated() {
      let bytes = proof.bytes
      #expect(bytes.count <= 398)
      #expect(try StoredReceiptProof(bytes) == proof)
      let number = index + 1
      #expect(Self.receipt(number, bytes).proves(try Self.put(number), relayKey: key.relayKey))
      for wrong in [index ^ 1, index + 1, count, 65_535] where wrong != index {
        let moved = StoredReceiptProof(
          root: proof.root, signature: proof.signature, index: UInt16(wrong), path: proof.path)
        #expect(!Self.receipt(number, moved.bytes).proves(try Self.put(number), relayKey: key.relayKey))
      }
    }
  }

  @Test func `of another envelope, id, mailbox, time or relay proves nothing`() throws {
    let key = try TestRelayKey()
    let proofs = try Self.proofs(5, key)
    let bytes = proofs[2].bytes
    #expect(Self.receipt(3, bytes).proves(try Self.put(3), relayKey: key.relayKey))
    #expect(!Self.receipt(3, bytes).proves(try Self.put(3, content: 4), relayKey: key.relayKey))
    #expect(!Self.receipt(3, bytes).proves(try Self.put(2), relayKey: key.relayKey))
    #expect(!Self.receipt(2, bytes).proves(try Self.put(2), relayKey: key.relayKey))
    #expect(!Self.receipt(3, bytes, storedAt: 1_790_000_001).proves(try Self.put(3), relayKey: key.relayKey))
    #expect(!Self.receipt(3, bytes).proves(try Self.put(3), relayKey: try TestRelayKey(2).relayKey))
    #expect(!Self.receipt(3, proofs[3].bytes).proves(try Self.put(3), relayKey: key.relayKey))
    #expect(!Self.receipt(3, []).proves(try Self.put(3), relayKey: key.relayKey))
  }

  @Test func `with any bit changed, cut off or added is refused`() throws {
    let key = try TestRelayKey()
    let bytes = try Self.proofs(6, key)[4].bytes
    let put = try Self.put(5)
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1
      #expect(!Self.receipt(5, changed).proves(put, relayKey: key.relayKey), "byte \(index)")
      #expect(throws: LayoutError.self) { try StoredReceiptProof([UInt8](bytes[..<index])) }
    }
    #expect(throws: LayoutError.trailingBytes(1)) { try StoredReceiptProof(bytes + [0]) }
    var deep = bytes
    deep[141] = 9
    #expect(throws: LayoutError.tooLong(limit: 8, actual: 9)) {
      try StoredReceiptProof(deep + [UInt8](repeating: 0, count: 200))
    }
  }

  @Test func `under another relay's signature of the same root is refused`() throws {
    let (key, other) = (try TestRelayKey(1), try TestRelayKey(2))
    let proof = try Self.proofs(3, key)[0]
    let signature = try #require(other.signature(label: StoredRoot.label, body: proof.root.bytes))
    let forged = StoredReceiptProof(
      root: proof.root, signature: Signature(signature), index: proof.index, path: proof.path)
    #expect(!Self.receipt(1, forged.bytes).proves(try Self.put(1), relayKey: key.relayKey))
    // A signature of another kind over the same bytes is none either (C0).
    let checkpoint = try #require(key.signature(label: MailboxLogLabel.checkpoint, body: proof.root.bytes))
    let confused = StoredReceiptProof(
      root: proof.root, signature: Signature(checkpoint), index: proof.index, path: proof.path)
    #expect(!Self.receipt(1, confused.bytes).proves(try Self.put(1), relayKey: key.relayKey))
  }
}
