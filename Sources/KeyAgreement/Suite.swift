package import ByteLayout

/// A handshake suite: which secrets enter the key agreement (Protocol §5, §2).
///
/// Suite 2 (PQXDH) joins here, in the KEM fields of bundle, one-time record and start, and as one more input of
/// ``X3DH``; nothing else knows the difference.
package enum Suite: UInt8, Hashable, Sendable {
  /// X3DH: Diffie–Hellman only.
  case x3dh = 1

  /// - Throws: ``LayoutError/unknownValue(field:value:)`` for a suite that this version does not speak.
  init(validating value: UInt8) throws(LayoutError) {
    guard let suite = Suite(rawValue: value) else { throw .unknownValue(field: "suite", value: Int(value)) }
    self = suite
  }
}

/// The suites that a device speaks, one byte: bit n is suite n (C1, C2).
package struct SuiteSet: Hashable, Sendable {
  package let rawValue: UInt8

  /// Suite 1 and nothing else: 0x02, the only set that this version writes or reads.
  package static let x3dhOnly = SuiteSet(unchecked: 0x02)

  private init(unchecked rawValue: UInt8) { self.rawValue = rawValue }

  /// Fails closed: a set that this version does not fully understand decides which fields follow.
  ///
  /// - Throws: ``LayoutError/unknownValue(field:value:)`` for everything but 0x02.
  package init(validating rawValue: UInt8) throws(LayoutError) {
    guard rawValue == Self.x3dhOnly.rawValue else { throw .unknownValue(field: "suites", value: Int(rawValue)) }
    self.rawValue = rawValue
  }

  /// Whether the device speaks `suite`.
  package func contains(_ suite: Suite) -> Bool { rawValue >> suite.rawValue & 1 == 1 }
}
