package import ByteLayout
import Verification

/// The key of a secret chat as people compare it (C12): a picture and 60 digits, equal on both sides.
///
/// The picture is 16 × 16 points of four shades: 8 columns of two-bit points, row by row, and their mirror image, so that
/// all 256 bits show.
package struct KeyPicture: Hashable, Sendable {
  package static let side = 16
  /// What the four shades are drawn with: red, green, blue.
  static let colours: [[UInt8]] = [[0xf4, 0xf1, 0xde], [0x81, 0xb2, 0x9a], [0x3d, 0x40, 0x5b], [0xe0, 0x7a, 0x5f]]
  private let bytes: FixedBytes<32>

  /// The picture key of the session (C4), 32 bytes.
  package init(_ bytes: FixedBytes<32>) { self.bytes = bytes }

  /// The shade of a point, 0 … 3.
  package func shade(row: Int, column: Int) -> UInt8 {
    let mirrored = column < Self.side / 2 ? column : Self.side - 1 - column
    let point = row * Self.side / 2 + mirrored
    return bytes.array[point / 4] >> UInt8(6 - 2 * (point % 4)) & 3
  }

  /// 16 lines of 32 characters.
  package var terminalLines: [String] {
    let shades = ["  ", "░░", "▒▒", "██"]
    return (0..<Self.side).map { row in
      (0..<Self.side).map { shades[Int(shade(row: row, column: $0))] }.joined()
    }
  }

  /// A drawing of 16 × 16 units.
  package var svg: String {
    let shades = Self.colours.map { "#" + Hexadecimal.encode($0) }
    var text = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\" shape-rendering=\"crispEdges\">\n"
    for row in 0..<Self.side {
      for column in 0..<Self.side {
        let colour = shades[Int(shade(row: row, column: column))]
        text += "<rect x=\"\(column)\" y=\"\(row)\" width=\"1\" height=\"1\" fill=\"\(colour)\"/>\n"
      }
    }
    return text + "</svg>\n"
  }

  /// 60 digits: id = H("Sotto_Picture_v1", picture); h = SHA-512("Sotto_SafetyNumber_v1" ‖ 0x00 ‖ id), then 5 200 times
  /// h = SHA-512(h ‖ id); twelve groups, u40(h[5i..5i+5]) mod 100 000.
  package var digits: String {
    let id = ContentHash.labelled("Sotto_Picture_v1", bytes.array).array
    var hash = ContentHash.sha512([UInt8]("Sotto_SafetyNumber_v1".utf8) + [0] + id).array
    for _ in 0..<5_200 { hash = ContentHash.sha512(hash + id).array }
    return (0..<12).map { group in
      let number = hash[group * 5..<group * 5 + 5].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 100_000
      let text = String(number)
      return String(repeating: "0", count: 5 - text.count) + text
    }.joined()
  }
}
