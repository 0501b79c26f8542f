import ByteLayout
import Testing
import Verification

@Suite struct `A hash of pieces` {
  private static let message = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }

  @Test(arguments: [1, 63, 64, 65, 128, 1_000])
  func `is the hash of the whole`(size: Int) {
    var blake = IncrementalBLAKE2b256()
    var sha = IncrementalSHA256()
    for start in stride(from: 0, to: Self.message.count, by: size) {
      let piece = [UInt8](Self.message[start..<min(start + size, Self.message.count)])
      blake.update(piece)
      sha.update(piece)
    }
    #expect(blake.finish() == ContentHash.blake2b256(Self.message))
    #expect(sha.finish() == ContentHash.sha256(Self.message))
  }

  @Test func `of nothing is the hash of nothing`() {
    #expect(IncrementalBLAKE2b256().finish() == ContentHash.blake2b256([]))
    #expect(IncrementalSHA256().finish() == ContentHash.sha256([]))
  }
}
