package import ByteLayout

/// A suite: which secrets enter the key agreement and the ratchet (Protocol §5, §6a).
package enum Suite: UInt8, Hashable, Sendable, CaseIterable {
  /// X3DH: Diffie–Hellman only.
  case x3dh = 1
  /// PQXDH: the secret of an ML-KEM-1024 encapsulation joins it.
  case pqxdh = 2
  /// The handshake of suite 2, and a post-quantum ratchet beside the Double Ratchet.
  case tripleRatchet = 3

  /// The lowest suite that nodes speak. Suite 1 is for vectors and interoperability tests.
  package static let lowestSpoken = Suite.pqxdh

  /// Whether bundles, one-time records and starts carry KEM fields in it.
  var hasKEM: Bool { self >= .pqxdh }

  /// Whether its sessions have a post-quantum ratchet.
  package var hasPostQuantumRatchet: Bool { self >= .tripleRatchet }

  /// - Throws: ``LayoutError/unknownValue(field:value:)`` for a suite that this version does not speak.
  init(validating value: UInt8) throws(LayoutError) {
    guard let suite = Suite(rawValue: value) else { throw .unknownValue(field: "suite", value: Int(value)) }
    self = suite
  }
}

extension Suite: Comparable {
  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// The suites that a device speaks, one byte: bit n is suite n (C1, C2).
package struct SuiteSet: Hashable, Sendable {
  package let rawValue: UInt8

  /// Suite 1 and nothing else: 0x02, what devices listed before there was suite 2.
  package static let x3dhOnly = SuiteSet(unchecked: 0x02)
  /// Suites 1 and 2: 0x06, what devices listed before there was suite 3.
  package static let withoutTripleRatchet = SuiteSet(unchecked: 0x06)
  /// Suites 1 to 3: 0x0e, what this version lists.
  package static let current = SuiteSet(unchecked: 0x0e)

  private init(unchecked rawValue: UInt8) { self.rawValue = rawValue }

  /// Takes 0x02, 0x06 and 0x0e: bits 0 and 4–7 are 0, and no suite comes without those below it.
  ///
  /// - Throws: ``LayoutError/unknownValue(field:value:)`` for everything else.
  package init(validating rawValue: UInt8) throws(LayoutError) {
    guard [0x02, 0x06, 0x0e].contains(rawValue) else { throw .unknownValue(field: "suites", value: Int(rawValue)) }
    self.rawValue = rawValue
  }

  /// Whether the device speaks `suite`.
  package func contains(_ suite: Suite) -> Bool { rawValue >> suite.rawValue & 1 == 1 }

  /// The highest suite that both speak. Suite 1 is in every set.
  package func highestCommon(with other: SuiteSet) -> Suite {
    Suite.allCases.last { contains($0) && other.contains($0) } ?? .x3dh
  }
}
