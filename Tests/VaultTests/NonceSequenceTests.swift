import ByteLayout
import Primitives
import TestSupport
import Testing

import Vault

@Suite struct NonceSequenceTests {
  @Test func `no nonce comes twice, within a transaction or in the next`() {
    let randomness = SeededRandomness("nonces")
    var seen: Set<[UInt8]> = []
    for _ in 0..<20 {
      let nonces = NonceSequence(randomness)
      for _ in 0..<300 { #expect(seen.insert(nonces.next().array).inserted) }
    }
    #expect(seen.count == 6_000)
  }

  @Test func `a transaction draws once, and not before it seals`() {
    let randomness = SeededRandomness("nonces")
    let nonces = NonceSequence(randomness)
    let other = SeededRandomness("nonces")
    let prefix = other.fixed(FixedBytes<16>.self)
    let all = (0..<3).map { _ in nonces.next().array }
    #expect(all.allSatisfy { Array($0.prefix(16)) == prefix.array })
    #expect(
      all.map { Array($0.suffix(8)) } == [
        [0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 2],
      ])
    #expect(randomness.fixed(FixedBytes<16>.self).array == other.fixed(FixedBytes<16>.self).array)
  }
}
