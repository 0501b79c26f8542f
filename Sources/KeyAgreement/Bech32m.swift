/// Why text is not a valid Bech32m string of the kind that was expected.
package enum Bech32mError: Error, Hashable, Sendable {
  /// Under 8 or over 90 characters.
  case wrongLength(Int)
  /// A character outside the alphabet, or outside printable ASCII in the prefix.
  case notAllowedCharacter(index: Int)
  /// Upper- and lower-case letters in one string.
  case mixedCase
  /// No separator, nothing before it, or fewer than six characters after it.
  case noSeparator
  /// At least one character is wrong. Mistyped text ends here.
  case wrongChecksum
  /// Valid, but of another kind: an address where a recovery string belongs, or the other way round.
  case otherPrefix
  /// Valid, but with another number of bytes, or with padding bits set.
  case wrongByteCount(expected: Int)
  /// Valid, but not a value of its kind.
  case notAllowedValue
}

/// Bech32m (BIP-350), strict: one case, its own checksum constant and not Bech32's, zero padding, bounded length.
package enum Bech32m {
  private static let alphabet = [UInt8]("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
  private static let checksumConstant: UInt32 = 0x2bc8_30a3
  private static let generators: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
  private static let checksumCount = 6
  /// BIP-350's own bound; the checksum's guarantee (four wrong characters are always noticed) ends there.
  private static let maximumCount = 90

  /// prefix ‖ "1" ‖ five-bit groups ‖ checksum, in lower case.
  package static func encode(prefix: String, bytes: [UInt8]) -> String {
    encode(prefix: prefix, values: fiveBitValues(bytes.count) { bytes[$0] })
  }

  /// Reads exactly `byteCount` bytes under exactly `prefix`.
  package static func decode(
    _ text: String, prefix: String, byteCount: Int
  ) throws(Bech32mError) -> [UInt8] {
    let values = try values(of: text, prefix: prefix)
    var bytes = [UInt8](repeating: 0, count: byteCount)
    try join(values, byteCount: byteCount) { bytes[$0] = $1 }
    return bytes
  }

  // MARK: - Five-bit groups

  /// Splits `byteCount` bytes into groups of five bits, the last one padded with zero bits.
  static func fiveBitValues(_ byteCount: Int, byte: (Int) -> UInt8) -> [UInt8] {
    var values: [UInt8] = []
    values.reserveCapacity((byteCount * 8 + 4) / 5)
    var buffer: UInt32 = 0
    var bitCount = 0
    for index in 0..<byteCount {
      buffer = (buffer << 8 | UInt32(byte(index))) & 0xfff
      bitCount += 8
      while bitCount >= 5 {
        bitCount -= 5
        values.append(UInt8(buffer >> UInt32(bitCount) & 31))
      }
    }
    if bitCount > 0 { values.append(UInt8(buffer << UInt32(5 - bitCount) & 31)) }
    return values
  }

  /// Joins groups of five bits to exactly `byteCount` bytes.
  ///
  /// - Throws: ``Bech32mError/wrongByteCount(expected:)`` for another count, a whole unused group or padding bits set.
  static func join(
    _ values: [UInt8], byteCount: Int, store: (Int, UInt8) -> Void
  ) throws(Bech32mError) {
    guard values.count == (byteCount * 8 + 4) / 5 else { throw .wrongByteCount(expected: byteCount) }
    var buffer: UInt32 = 0
    var bitCount = 0
    var index = 0
    for value in values {
      buffer = (buffer << 5 | UInt32(value)) & 0xfff
      bitCount += 5
      if bitCount >= 8 {
        bitCount -= 8
        store(index, UInt8(truncatingIfNeeded: buffer >> UInt32(bitCount)))
        index += 1
      }
    }
    let padding = buffer & (1 << UInt32(bitCount) - 1)
    guard padding == 0 else { throw .wrongByteCount(expected: byteCount) }
  }

  // MARK: - Text

  static func encode(prefix: String, values: [UInt8]) -> String {
    let prefix = [UInt8](prefix.utf8)
    let remainder = polymod(expand(prefix) + values + [UInt8](repeating: 0, count: checksumCount)) ^ checksumConstant
    var text = prefix + [UInt8(ascii: "1")]
    for value in values { text.append(alphabet[Int(value)]) }
    for shift in stride(from: 25, through: 0, by: -5) { text.append(alphabet[Int(remainder >> UInt32(shift) & 31)]) }
    return String(decoding: text, as: UTF8.self)
  }

  /// The groups under exactly `prefix`, without the checksum.
  static func values(of text: String, prefix: String) throws(Bech32mError) -> [UInt8] {
    let (found, values) = try split(text)
    guard found == [UInt8](prefix.utf8) else { throw .otherPrefix }
    return values
  }

  /// Checks everything that does not depend on the kind of string: prefix in lower case, groups without the checksum.
  static func split(_ text: String) throws(Bech32mError) -> (prefix: [UInt8], values: [UInt8]) {
    var characters = [UInt8](text.utf8)
    guard (8...maximumCount).contains(characters.count) else { throw .wrongLength(characters.count) }
    var hasLower = false
    var hasUpper = false
    for (index, character) in characters.enumerated() {
      switch character {
      case UInt8(ascii: "a")...UInt8(ascii: "z"): hasLower = true
      case UInt8(ascii: "A")...UInt8(ascii: "Z"):
        hasUpper = true
        characters[index] = character | 0x20
      case 33...126: break
      default: throw .notAllowedCharacter(index: index)
      }
    }
    guard !(hasLower && hasUpper) else { throw .mixedCase }
    guard let separator = characters.lastIndex(of: UInt8(ascii: "1")), separator > 0,
      characters.count - separator - 1 >= checksumCount
    else { throw .noSeparator }
    var values: [UInt8] = []
    for index in (separator + 1)..<characters.count {
      guard let value = alphabet.firstIndex(of: characters[index]) else { throw .notAllowedCharacter(index: index) }
      values.append(UInt8(value))
    }
    let prefix = [UInt8](characters[..<separator])
    guard polymod(expand(prefix) + values) == checksumConstant else { throw .wrongChecksum }
    return (prefix, values.dropLast(checksumCount))
  }

  // MARK: - Checksum

  private static func expand(_ prefix: [UInt8]) -> [UInt8] {
    prefix.map { $0 >> 5 } + [0] + prefix.map { $0 & 31 }
  }

  private static func polymod(_ values: [UInt8]) -> UInt32 {
    var checksum: UInt32 = 1
    for value in values {
      let top = checksum >> 25
      checksum = (checksum & 0x1ff_ffff) << 5 ^ UInt32(value)
      for (bit, generator) in generators.enumerated() where top >> UInt32(bit) & 1 == 1 { checksum ^= generator }
    }
    return checksum
  }
}
