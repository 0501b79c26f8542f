/// Unpredictable bytes for values that are not secret: challenges, request ids, jitter.
///
/// Secrets and envelope ids of a node come from `Randomness` in Primitives instead.
package protocol PublicRandomness: Sendable {
  /// `count` unpredictable bytes.
  func bytes(_ count: Int) -> [UInt8]
}

extension PublicRandomness {
  /// A uniform number in `range`, without modulo bias for the small ranges that jitter needs (< 2³²).
  package func number(in range: ClosedRange<Int64>) -> Int64 {
    let width = UInt64(bitPattern: range.upperBound &- range.lowerBound) &+ 1
    guard width != 0 else { return Int64(bitPattern: word()) }
    return range.lowerBound &+ Int64(bitPattern: word().multipliedFullWidth(by: width).high)
  }

  private func word() -> UInt64 { bytes(8).reduce(0) { $0 << 8 | UInt64($1) } }
}

/// The kernel's generator, through Swift's own (getrandom on Linux).
package struct SystemPublicRandomness: PublicRandomness {
  package init() {}

  package func bytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }
}
