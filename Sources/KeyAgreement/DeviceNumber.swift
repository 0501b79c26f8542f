package import ByteLayout

/// The number of a device within its account, 1…127, never reused; u32 on the wire (C1).
package struct DeviceNumber: Hashable, Comparable, Sendable {
  package let value: UInt32

  /// The numbers that a device can have.
  package static let range: ClosedRange<UInt32> = 1...127

  /// The number of an account's first device.
  package static let first = DeviceNumber(unchecked: 1)

  private init(unchecked value: UInt32) { self.value = value }

  /// - Throws: ``LayoutError/notAllowed(field:)`` outside 1…127.
  package init(validating value: UInt32) throws(LayoutError) {
    guard Self.range.contains(value) else { throw .notAllowed(field: "device number") }
    self.value = value
  }

  package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
