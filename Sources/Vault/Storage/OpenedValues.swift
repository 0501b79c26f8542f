import Foundation

/// The sealed values that a transaction has opened, so that it does not open them again.
///
/// A value is found by the very bytes in the row: whatever was written, rolled back or erased since, it cannot be stale.
struct OpenedValues {
  private struct Place: Hashable {
    let table: VaultTable
    let rowID: Int64
  }

  /// More rows than a batch of envelopes needs more than once.
  private static let maximumCount = 1_024

  private var values: [Place: (sealed: Data, value: [UInt8])] = [:]

  func value(of sealed: Data, _ table: VaultTable, _ rowID: Int64) -> [UInt8]? {
    guard let known = values[Place(table: table, rowID: rowID)], known.sealed == sealed else { return nil }
    return known.value
  }

  mutating func keep(_ value: [UInt8], sealed: Data, _ table: VaultTable, _ rowID: Int64) {
    if values.count >= Self.maximumCount { values = [:] }
    values[Place(table: table, rowID: rowID)] = (sealed, value)
  }
}
