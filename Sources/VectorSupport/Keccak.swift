/// SHA-3 and SHAKE (FIPS 202), as far as ML-KEM needs them. Neither fast nor careful with secrets: for vectors and tests.
struct Keccak {
  private var state = [UInt64](repeating: 0, count: 25)
  private let rate: Int
  private var offset = 0

  /// Absorbs all of `input`.
  private init(rate: Int, suffix: UInt8, _ input: [UInt8]) {
    self.rate = rate
    for byte in input {
      add(byte, at: offset)
      offset += 1
      if offset == rate { permute() }
    }
    add(suffix, at: offset)
    add(0x80, at: rate - 1)
    permute()
  }

  static func sha3_256(_ input: [UInt8]) -> [UInt8] {
    var sponge = Keccak(rate: 136, suffix: 0x06, input)
    return sponge.squeeze(32)
  }

  static func sha3_512(_ input: [UInt8]) -> [UInt8] {
    var sponge = Keccak(rate: 72, suffix: 0x06, input)
    return sponge.squeeze(64)
  }

  static func shake128(_ input: [UInt8]) -> Keccak { Keccak(rate: 168, suffix: 0x1f, input) }

  static func shake256(_ input: [UInt8], count: Int) -> [UInt8] {
    var sponge = Keccak(rate: 136, suffix: 0x1f, input)
    return sponge.squeeze(count)
  }

  /// The next `count` bytes of output.
  mutating func squeeze(_ count: Int) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(count)
    while output.count < count {
      if offset == rate { permute() }
      output.append(UInt8(truncatingIfNeeded: state[offset / 8] >> (8 * UInt64(offset % 8))))
      offset += 1
    }
    return output
  }

  private mutating func add(_ byte: UInt8, at index: Int) {
    state[index / 8] ^= UInt64(byte) << (8 * UInt64(index % 8))
  }

  /// Keccak-f[1600]; what is absorbed or squeezed next begins at the state's first byte.
  private mutating func permute() {
    offset = 0
    state.withUnsafeMutableBufferPointer { lanes in
      for constant in Self.roundConstants {
        Self.theta(lanes)
        Self.rhoAndPi(lanes)
        Self.chi(lanes)
        lanes[0] ^= constant
      }
    }
  }

  private static func theta(_ lanes: UnsafeMutableBufferPointer<UInt64>) {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 5) { columns in
      for x in 0..<5 { columns[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] }
      for x in 0..<5 {
        let next = columns[x == 4 ? 0 : x + 1]
        let change = columns[x == 0 ? 4 : x - 1] ^ (next << 1 | next >> 63)
        for y in stride(from: x, to: 25, by: 5) { lanes[y] ^= change }
      }
    }
  }

  private static func rhoAndPi(_ lanes: UnsafeMutableBufferPointer<UInt64>) {
    var lane = lanes[1]
    for step in 0..<24 {
      let (target, rotation) = (lanePath[step], rotations[step])
      let next = lanes[target]
      lanes[target] = lane << rotation | lane >> (64 - rotation)
      lane = next
    }
  }

  private static func chi(_ lanes: UnsafeMutableBufferPointer<UInt64>) {
    for y in stride(from: 0, to: 25, by: 5) {
      let (a, b, c, d, e) = (lanes[y], lanes[y + 1], lanes[y + 2], lanes[y + 3], lanes[y + 4])
      lanes[y] = a ^ ~b & c
      lanes[y + 1] = b ^ ~c & d
      lanes[y + 2] = c ^ ~d & e
      lanes[y + 3] = d ^ ~e & a
      lanes[y + 4] = e ^ ~a & b
    }
  }

  /// Where each lane goes, beginning with lane 1, and by how much it turns on the way.
  private static let lanePath = [
    10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1,
  ]
  private static let rotations: [UInt64] = [
    1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
  ]

  /// The 24 round constants, from their linear feedback shift register.
  private static let roundConstants: [UInt64] = {
    var register: UInt8 = 1
    return (0..<24).map { _ in
      var constant: UInt64 = 0
      for bit in 0..<7 {
        if register & 1 == 1 { constant |= 1 << ((1 << UInt64(bit)) - 1) }
        register = register & 0x80 == 0 ? register << 1 : register << 1 ^ 0x71
      }
      return constant
    }
  }()
}
