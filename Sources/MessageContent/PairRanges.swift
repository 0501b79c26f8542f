/// Some of the numbers (pairSeq) that a device gave to its messages to another (Protocol §6).
///
/// Ranges are 1 ≤ first ≤ last < 2⁶³, ascend and do not overlap. A range costs its sender a few bytes and may span
/// 2⁶³ numbers: compare bounds, never walk through one.
package struct PairRanges: Hashable, Sendable {
  package let ranges: [ClosedRange<UInt64>]

  /// The highest number, so that a store can keep numbers as signed 64-bit integers.
  package static let maximumNumber = UInt64(Int64.max)

  /// - Throws: ``ContentError`` for no range, a range out of bounds, order or overlap.
  package init(_ ranges: [ClosedRange<UInt64>]) throws(ContentError) {
    guard let first = ranges.first, let last = ranges.last else { throw .missing(.ranges) }
    guard first.lowerBound >= 1, last.upperBound <= Self.maximumNumber else { throw .notAllowed(.ranges) }
    for (left, right) in zip(ranges, ranges.dropFirst()) where left.upperBound >= right.lowerBound {
      throw .notAllowed(.ranges)
    }
    self.ranges = ranges
  }

  /// The fewest ranges that hold exactly `numbers`, in any order and with repeats.
  package init(numbers: some Sequence<UInt64>) throws(ContentError) {
    var ranges: [ClosedRange<UInt64>] = []
    for number in numbers.sorted() {
      if let last = ranges.last, number <= last.upperBound { continue }
      if let last = ranges.last, number == last.upperBound + 1 {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    try self.init(ranges)
  }

  /// How many numbers the ranges hold.
  package var numberCount: UInt64 {
    // Distinct numbers below 2⁶³: the sum does not overflow.
    ranges.reduce(0) { $0 + ($1.upperBound - $1.lowerBound + 1) }
  }

  /// Whether one of the ranges holds `number`.
  package func contains(_ number: UInt64) -> Bool {
    ranges.contains { $0.contains(number) }
  }
}
