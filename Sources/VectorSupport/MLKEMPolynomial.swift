/// Polynomials of degree below 256 over the integers modulo 3 329, and what ML-KEM does with them (FIPS 203 §4).
///
/// Coefficients are kept reduced. Not constant-time: for vectors and tests.
struct MLKEMPolynomial {
  static let modulus = 3_329
  var coefficients = [Int](repeating: 0, count: 256)

  static func + (left: Self, right: Self) -> Self {
    var sum = left
    for index in 0..<256 { sum.coefficients[index] = (sum.coefficients[index] + right.coefficients[index]) % modulus }
    return sum
  }

  // MARK: - Bytes (Algorithms 5 and 6)

  /// ByteDecode with `bits` bits a coefficient.
  init(decoding bytes: some Collection<UInt8>, bits: Int) {
    var (buffer, available, index) = (0, 0, 0)
    for byte in bytes {
      buffer |= Int(byte) << available
      available += 8
      while available >= bits, index < 256 {
        coefficients[index] = buffer & (1 << bits - 1)
        buffer >>= bits
        available -= bits
        index += 1
      }
    }
  }

  /// Compress, then ByteEncode, with `bits` bits a coefficient.
  func compressedBytes(bits: Int) -> [UInt8] {
    var (buffer, available) = (0, 0)
    var bytes: [UInt8] = []
    for coefficient in coefficients {
      let compressed = ((coefficient << bits + Self.modulus / 2) / Self.modulus) & (1 << bits - 1)
      buffer |= compressed << available
      available += bits
      while available >= 8 {
        bytes.append(UInt8(buffer & 0xff))
        buffer >>= 8
        available -= 8
      }
    }
    return bytes
  }

  // MARK: - Sampling (Algorithms 7 and 8)

  /// SampleNTT.
  init(uniformFrom seed: [UInt8]) {
    var sponge = Keccak.shake128(seed)
    var count = 0
    while count < 256 {
      let bytes = sponge.squeeze(3).map(Int.init)
      for candidate in [bytes[0] + 256 * (bytes[1] % 16), bytes[1] / 16 + 16 * bytes[2]]
      where candidate < Self.modulus && count < 256 {
        coefficients[count] = candidate
        count += 1
      }
    }
  }

  /// SamplePolyCBD with η = 2 from 128 bytes.
  init(binomialFrom bytes: [UInt8]) {
    for (index, byte) in bytes.enumerated() {
      let bits = Int(byte)
      for half in 0..<2 {
        let four = bits >> (4 * half)
        let difference = (four & 1) + (four >> 1 & 1) - (four >> 2 & 1) - (four >> 3 & 1)
        coefficients[2 * index + half] = (difference + Self.modulus) % Self.modulus
      }
    }
  }

  // MARK: - Number-theoretic transform (Algorithms 9 to 12)

  /// NTT.
  func transformed() -> Self {
    var result = self
    var (factor, length) = (1, 128)
    while length >= 2 {
      for start in stride(from: 0, to: 256, by: 2 * length) {
        let zeta = Self.zetas[factor]
        factor += 1
        for index in start..<start + length {
          let product = zeta * result.coefficients[index + length] % Self.modulus
          let value = result.coefficients[index]
          result.coefficients[index + length] = (value - product + Self.modulus) % Self.modulus
          result.coefficients[index] = (value + product) % Self.modulus
        }
      }
      length /= 2
    }
    return result
  }

  /// NTT⁻¹.
  func inverselyTransformed() -> Self {
    var result = self
    var (factor, length) = (127, 2)
    while length <= 128 {
      for start in stride(from: 0, to: 256, by: 2 * length) {
        let zeta = Self.zetas[factor]
        factor -= 1
        for index in start..<start + length {
          let (value, other) = (result.coefficients[index], result.coefficients[index + length])
          result.coefficients[index] = (value + other) % Self.modulus
          result.coefficients[index + length] = zeta * (other - value + Self.modulus) % Self.modulus
        }
      }
      length *= 2
    }
    for index in 0..<256 { result.coefficients[index] = result.coefficients[index] * 3_303 % Self.modulus }
    return result
  }

  /// MultiplyNTTs.
  static func * (left: Self, right: Self) -> Self {
    var product = Self()
    for index in 0..<128 {
      let (a0, a1) = (left.coefficients[2 * index], left.coefficients[2 * index + 1])
      let (b0, b1) = (right.coefficients[2 * index], right.coefficients[2 * index + 1])
      product.coefficients[2 * index] = (a0 * b0 + a1 * b1 % modulus * gammas[index]) % modulus
      product.coefficients[2 * index + 1] = (a0 * b1 + a1 * b0) % modulus
    }
    return product
  }

  init() {}

  /// 17^BitRev7(i).
  private static let zetas: [Int] = (0..<128).map { power(of: reversed($0)) }
  /// 17^(2·BitRev7(i) + 1).
  private static let gammas: [Int] = (0..<128).map { power(of: 2 * reversed($0) + 1) }

  private static func reversed(_ index: Int) -> Int { (0..<7).reduce(0) { $0 << 1 | index >> $1 & 1 } }
  private static func power(of exponent: Int) -> Int { (0..<exponent).reduce(1) { power, _ in power * 17 % modulus } }
}
