package import ByteLayout
package import Primitives

/// The nonces of one transaction (C13): 16 random bytes, drawn when the first one is needed, and a count.
///
/// Never twice the same: within a transaction by the count, and between transactions, also of copies of a vault, by 128 random
/// bits. One draw a transaction in the place of one a value, since a draw from the hedged generator costs several hashes.
package final class NonceSequence {
  private let randomness: any Randomness
  private var prefix: FixedBytes<16>?
  private var count: UInt64 = 0

  package init(_ randomness: any Randomness) { self.randomness = randomness }

  /// prefix(16) ‖ u64 count.
  package func next() -> FixedBytes<24> {
    let prefix = self.prefix ?? randomness.fixed(FixedBytes<16>.self)
    self.prefix = prefix
    var nonce = FixedBytes<24>()
    for index in 0..<16 { nonce[index] = prefix[index] }
    for index in 0..<8 { nonce[16 + index] = UInt8(truncatingIfNeeded: count >> (56 - 8 * index)) }
    count += 1
    return nonce
  }
}
