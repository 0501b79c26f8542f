import ByteLayout

extension KeyPicture {
  /// Pixels on each side of a point.
  private static let scale = 16

  /// The picture as a PNG file (RFC 2083): 256 × 256 pixels, four colours, not compressed.
  package var png: [UInt8] {
    let side = Self.side * Self.scale
    var header = LayoutWriter()
    header.uint32(UInt32(side))
    header.uint32(UInt32(side))
    // Two bits a pixel, colours by palette, the only methods there are, not interlaced.
    for byte: UInt8 in [2, 3, 0, 0, 0] { header.uint8(byte) }
    var rows: [UInt8] = []
    for row in 0..<Self.side {
      // A point is 16 pixels of two bits, which are four equal bytes; every line begins with its filter, none.
      let line = (0..<Self.side).flatMap { [UInt8](repeating: shade(row: row, column: $0) * 0b01_01_01_01, count: 4) }
      for _ in 0..<Self.scale { rows += [0] + line }
    }
    let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    return signature + Self.chunk("IHDR", header.bytes) + Self.chunk("PLTE", Self.colours.flatMap(\.self))
      + Self.chunk("IDAT", Self.stored(rows)) + Self.chunk("IEND", [])
  }

  /// Length ‖ name ‖ data ‖ CRC-32 of name and data.
  private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    var writer = LayoutWriter()
    writer.uint32(UInt32(data.count))
    writer.append([UInt8](name.utf8) + data)
    writer.uint32(crc32([UInt8](name.utf8) + data))
    return writer.bytes
  }

  /// A zlib stream (RFC 1950) of one stored block (RFC 1951 §3.2.4).
  ///
  /// - Parameter bytes: at most 65 535.
  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    let (low, high) = (UInt8(bytes.count & 0xff), UInt8(bytes.count >> 8))
    var writer = LayoutWriter()
    writer.append([0x78, 0x01, 0x01, low, high, ~low, ~high] + bytes)
    writer.uint32(adler32(bytes))
    return writer.bytes
  }

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 0 ? sum >> 1 : (sum >> 1) ^ 0xedb8_8320 }
    }
    return ~sum
  }

  private static func adler32(_ bytes: [UInt8]) -> UInt32 {
    var (low, high): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      low = (low + UInt32(byte)) % 65_521
      high = (high + low) % 65_521
    }
    return high << 16 | low
  }
}
