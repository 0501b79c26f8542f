package import ByteLayout

/// Names one version of a device list: major ‖ minor as u64, and the first 16 bytes of its hash (C1, C5).
///
/// Every session message carries the sender's own and the one that it has of the recipient, so that a newer list is
/// fetched, an older one is sent again, and two lists under one version are noticed.
package struct ListMark: Hashable, Sendable {
  package static let byteCount = 24

  /// major · 2³² + minor.
  package let version: UInt64
  /// The first half of H("Sotto_DeviceListHash_v1", signed list).
  package let hash16: FixedBytes<16>

  package init(version: UInt64, hash16: FixedBytes<16>) {
    self.version = version
    self.hash16 = hash16
  }

  package init(major: UInt32, minor: UInt32, hash16: FixedBytes<16>) {
    self.init(version: UInt64(major) << 32 | UInt64(minor), hash16: hash16)
  }

  package var major: UInt32 { UInt32(truncatingIfNeeded: version >> 32) }
  package var minor: UInt32 { UInt32(truncatingIfNeeded: version) }

  package init(reading reader: inout LayoutReader) throws(LayoutError) {
    version = try reader.uint64()
    hash16 = try reader.fixed()
  }

  package func write(to writer: inout LayoutWriter) {
    writer.uint64(version)
    writer.append(hash16)
  }
}
