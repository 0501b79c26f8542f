package import ByteLayout

/// The name of a session, 16 bytes: the beginning of its context (C4).
package struct SessionID: Hashable, Sendable {
  package let bytes: FixedBytes<16>
  package init(_ bytes: FixedBytes<16>) { self.bytes = bytes }
}

extension SessionID: Comparable {
  /// Among siblings the smaller id wins (Protocol §6).
  package static func < (left: Self, right: Self) -> Bool { left.bytes < right.bytes }
}
