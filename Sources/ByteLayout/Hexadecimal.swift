/// Lower-case hexadecimal text, for vectors and for people.
package enum Hexadecimal {
  private static let digits = [UInt8]("0123456789abcdef".utf8)

  package static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads an even number of hexadecimal digits, of either case.
  ///
  /// - Throws: ``LayoutError/notHexadecimal``.
  package static func decode(_ text: String) throws(LayoutError) -> [UInt8] {
    let characters = [UInt8](text.utf8)
    guard characters.count % 2 == 0 else { throw .notHexadecimal }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count / 2)
    for index in stride(from: 0, to: characters.count, by: 2) {
      bytes.append(try digit(characters[index]) << 4 | (try digit(characters[index + 1])))
    }
    return bytes
  }

  private static func digit(_ character: UInt8) throws(LayoutError) -> UInt8 {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
    default: throw .notHexadecimal
    }
  }
}
