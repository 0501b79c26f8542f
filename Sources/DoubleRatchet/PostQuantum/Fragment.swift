import ByteLayout

/// A run of units of an encapsulation key or a ciphertext, in front of what a message encrypts (Protocol §6a.5).
///
/// ```
/// first u8 ‖ count u8 ‖ count × 32 bytes
/// ```
/// Both values are cut into 37 units of 32 bytes: a key has 1 184 bytes, a ciphertext 1 088, and 96 zero bytes after it. A run
/// goes on from unit 36 to unit 0. 37 is prime: if every second message is lost, or every n-th, what comes through still moves on.
struct Fragment {
  static let unitByteCount = 32
  static let unitCount = 37
  /// So that an epoch takes at least ten messages of each side, which share the cost of its ML-KEM operations.
  static let maximumUnits = 4
  /// First and count, which are there without units too.
  static let prefixByteCount = 2

  /// 0 … 36; 0 when there are no units.
  let first: Int
  /// At most 4 · 32 bytes.
  let units: [UInt8]

  static let none = Fragment(first: 0, units: [])

  var count: Int { units.count / Self.unitByteCount }

  init(first: Int, units: [UInt8]) {
    self.first = first
    self.units = units
  }

  /// Takes the fragment off the front of what was decrypted; the rest is the plaintext.
  ///
  /// - Throws: ``RatchetError/malformedFragment`` for a cut, more units than allowed, a first unit that is not there, and
  ///   a first unit where there are none.
  static func split(_ decrypted: consuming [UInt8]) throws(RatchetError) -> (fragment: Fragment, plaintext: [UInt8]) {
    var rest = decrypted
    guard rest.count >= prefixByteCount else { throw .malformedFragment }
    let (first, count) = (Int(rest[0]), Int(rest[1]))
    let end = prefixByteCount + count * unitByteCount
    guard first < unitCount, count <= maximumUnits, count > 0 || first == 0, rest.count >= end else {
      throw .malformedFragment
    }
    let fragment = Fragment(first: first, units: [UInt8](rest[prefixByteCount..<end]))
    rest.removeFirst(end)  // in place: a long plaintext is not copied
    return (fragment, rest)
  }

  /// The fragment, then the plaintext.
  func prefixed(to plaintext: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.prefixByteCount + units.count + plaintext.count)
    bytes.append(UInt8(truncatingIfNeeded: first))
    bytes.append(UInt8(truncatingIfNeeded: count))
    bytes += units
    bytes += plaintext
    return bytes
  }
}

/// A value that is being sent, and the unit that goes next. It is sent again and again until the peer shows that it has it.
struct FragmentedValue: Sendable {
  /// 37 · 32 bytes.
  private let units: [UInt8]
  /// 0 … 36.
  private(set) var next: Int

  /// - Parameter value: at most 1 184 bytes; zero bytes fill what is missing.
  init(_ value: [UInt8], next: Int = 0) {
    let byteCount = Fragment.unitCount * Fragment.unitByteCount
    units = value + [UInt8](repeating: 0, count: byteCount - value.count)
    self.next = next
  }

  /// The value, which has `count` bytes.
  func value(_ count: Int) -> [UInt8] { [UInt8](units.prefix(count)) }

  /// As many units as fit into `reserve` bytes.
  mutating func take(reserve: Int) -> Fragment {
    let count = min(max(reserve, 0) / Fragment.unitByteCount, Fragment.maximumUnits)
    guard count > 0 else { return .none }
    let first = next
    var taken: [UInt8] = []
    taken.reserveCapacity(count * Fragment.unitByteCount)
    for _ in 0..<count {
      let start = next * Fragment.unitByteCount
      taken += units[start..<start + Fragment.unitByteCount]
      next = (next + 1) % Fragment.unitCount
    }
    return Fragment(first: first, units: taken)
  }
}

/// A value that is being received. A unit counts as it came first.
struct FragmentCollection: Sendable {
  /// Bit n: unit n is there.
  private(set) var received: UInt64 = 0
  private var bytes = [UInt8](repeating: 0, count: Fragment.unitCount * Fragment.unitByteCount)

  private static let everything: UInt64 = 1 << UInt64(Fragment.unitCount) - 1

  init() {}

  var isEmpty: Bool { received == 0 }

  /// The units that are there, in ascending order.
  var units: [UInt8] {
    (0..<Fragment.unitCount).filter { received >> UInt64($0) & 1 == 1 }.flatMap { unit in
      bytes[unit * Fragment.unitByteCount..<(unit + 1) * Fragment.unitByteCount]
    }
  }

  /// Takes back what ``received`` and ``units`` gave; nil for what cannot have been: more units, another count, or all of them.
  init?(received: UInt64, units: [UInt8]) {
    guard received < Self.everything, units.count == received.nonzeroBitCount * Fragment.unitByteCount else {
      return nil
    }
    var offset = 0
    for unit in 0..<Fragment.unitCount where received >> UInt64(unit) & 1 == 1 {
      add(unit: unit, units[offset..<offset + Fragment.unitByteCount])
      offset += Fragment.unitByteCount
    }
  }

  /// - Returns: all 37 · 32 bytes, when nothing is missing any more.
  mutating func add(_ fragment: Fragment) -> [UInt8]? {
    for index in 0..<fragment.count {
      let start = index * Fragment.unitByteCount
      add(
        unit: (fragment.first + index) % Fragment.unitCount,
        fragment.units[start..<start + Fragment.unitByteCount])
    }
    return received == Self.everything ? bytes : nil
  }

  private mutating func add(unit: Int, _ content: ArraySlice<UInt8>) {
    guard received >> UInt64(unit) & 1 == 0 else { return }
    received |= 1 << UInt64(unit)
    bytes.replaceSubrange(unit * Fragment.unitByteCount..<(unit + 1) * Fragment.unitByteCount, with: content)
  }
}
