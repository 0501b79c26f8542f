package import ByteLayout

/// (major, minor) of a device list, compared in that order: a root list beats every manager list before it (C1).
package struct DeviceListVersion: Hashable, Comparable, Sendable {
  /// Raised by the root only.
  package let major: UInt32
  /// 0 in root lists, raised by the manager.
  package let minor: UInt32

  package init(major: UInt32, minor: UInt32) {
    self.major = major
    self.minor = minor
  }

  /// Reads major ‖ minor as messages carry it.
  package init(packed: UInt64) {
    major = UInt32(truncatingIfNeeded: packed >> 32)
    minor = UInt32(truncatingIfNeeded: packed)
  }

  /// major ‖ minor as one number, whose order is the versions' order.
  package var packed: UInt64 { UInt64(major) << 32 | UInt64(minor) }

  package static func < (left: Self, right: Self) -> Bool { left.packed < right.packed }
}

/// How messages and QR codes name a device list: u64 major‖minor ‖ hash16, 24 bytes (C5, C12).
package struct DeviceListReference: Hashable, Sendable {
  package let version: DeviceListVersion
  /// The first 16 bytes of the list's hash.
  package let hash: FixedBytes<16>

  package init(version: DeviceListVersion, hash: FixedBytes<16>) {
    self.version = version
    self.hash = hash
  }

  init(reading reader: inout LayoutReader) throws(LayoutError) {
    version = DeviceListVersion(packed: try reader.uint64())
    hash = try reader.fixed()
  }

  func write(to writer: inout LayoutWriter) {
    writer.uint64(version.packed)
    writer.append(hash)
  }
}
