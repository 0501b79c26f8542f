import ByteLayout
import Testing

/// One of every field, as the writer lays it out.
private struct Sample: Equatable {
  var version: UInt8 = 1
  var small: UInt16 = 0x0203
  var middle: UInt32 = 0x0405_0607
  var large: UInt64 = 0x0809_0a0b_0c0d_0e0f
  var fixed = FixedBytes<3>()
  var short: [UInt8] = [0x10, 0x11]
  var long: [UInt8] = [0x12, 0x13, 0x14]

  func encoded() throws -> [UInt8] {
    var writer = LayoutWriter()
    writer.uint8(version)
    writer.uint16(small)
    writer.uint32(middle)
    writer.uint64(large)
    writer.append(fixed)
    try writer.lengthPrefixed8(short)
    try writer.lengthPrefixed16(long)
    return writer.bytes
  }

  init() {}

  init(reading bytes: ArraySlice<UInt8>) throws {
    var reader = LayoutReader(bytes)
    try reader.expect(1, field: "version")
    small = try reader.uint16()
    middle = try reader.uint32()
    large = try reader.uint64()
    fixed = try reader.fixed()
    short = [UInt8](try reader.lengthPrefixed8())
    long = [UInt8](try reader.lengthPrefixed16())
    try reader.finish()
  }
}

@Suite struct `Layout reader` {
  @Test func `numbers are big-endian and fields follow each other without padding`() throws {
    #expect(
      Hexadecimal.encode(try Sample().encoded()) == "01" + "0203" + "04050607" + "08090a0b0c0d0e0f" + "000000"
        + "021011" + "0003121314")
  }

  @Test func `what the writer wrote the reader reads`() throws {
    #expect(try Sample(reading: try Sample().encoded()[...]) == Sample())
  }

  @Test func `a slice that does not start at zero is read from its own first byte`() throws {
    let bytes = [0xff, 0xff] + (try Sample().encoded())
    #expect(try Sample(reading: bytes[2...]) == Sample())
  }

  @Test func `every truncation is refused`() throws {
    let bytes = try Sample().encoded()
    for count in 0..<bytes.count {
      let error = #expect(throws: LayoutError.self) { try Sample(reading: bytes[..<count]) }
      guard case .truncated = error else {
        Issue.record("\(count) bytes: \(String(describing: error))")
        continue
      }
    }
  }

  @Test(arguments: 1...3)
  func `trailing bytes are refused`(count: Int) throws {
    let bytes = try Sample().encoded() + [UInt8](repeating: 0, count: count)
    #expect(throws: LayoutError.trailingBytes(count)) { try Sample(reading: bytes[...]) }
  }

  @Test(arguments: [UInt8](0...255).filter { $0 != 1 })
  func `an unknown version is refused`(version: UInt8) throws {
    var bytes = try Sample().encoded()
    bytes[0] = version
    #expect(throws: LayoutError.unknownValue(field: "version", value: Int(version))) {
      try Sample(reading: bytes[...])
    }
  }

  @Test func `a refused field leaves the reader where it was`() throws {
    var reader = LayoutReader([5, 1, 2])
    #expect(throws: LayoutError.truncated(needed: 5, left: 2)) { try reader.lengthPrefixed8() }
    #expect(reader.consumedByteCount == 0)
    #expect(throws: LayoutError.truncated(needed: 0x0501, left: 1)) { try reader.lengthPrefixed16() }
    #expect(reader.consumedByteCount == 0)
    #expect(throws: LayoutError.unknownValue(field: "tag", value: 5)) { try reader.expect(6, field: "tag") }
    #expect(reader.consumedByteCount == 0)
    #expect(throws: LayoutError.truncated(needed: 4, left: 3)) { try reader.uint32() }
    #expect(throws: LayoutError.truncated(needed: 4, left: 3)) { try reader.fixed(FixedBytes<4>.self) }
    #expect(reader.consumedByteCount == 0)
    #expect(try reader.uint8() == 5)
    #expect(reader.consumedByteCount == 1)
    #expect(reader.remainingByteCount == 2)
    #expect([UInt8](reader.rest()) == [1, 2])
    try reader.finish()
  }

  @Test func `a length over the caller's limit is refused before the bytes are looked at`() {
    var reader = LayoutReader([0xff, 0xff])
    #expect(throws: LayoutError.tooLong(limit: 100, actual: 65_535)) { try reader.lengthPrefixed16(limit: 100) }
    #expect(reader.consumedByteCount == 0)
  }

  @Test func `a limit is inclusive`() throws {
    var reader = LayoutReader([0, 2, 7, 8])
    #expect([UInt8](try reader.lengthPrefixed16(limit: 2)) == [7, 8])
  }

  @Test func `a negative count is refused`() {
    var reader = LayoutReader([1, 2])
    #expect(throws: LayoutError.self) { try reader.bytes(-1) }
  }

  @Test func `the largest numbers are read whole`() throws {
    var reader = LayoutReader([UInt8](repeating: 0xff, count: 15))
    #expect(try reader.uint8() == .max)
    #expect(try reader.uint16() == .max)
    #expect(try reader.uint32() == .max)
    #expect(try reader.uint64() == .max)
    try reader.finish()
  }
}

@Suite struct `Layout writer` {
  @Test func `lp8 takes 255 bytes and refuses 256`() throws {
    var writer = LayoutWriter()
    try writer.lengthPrefixed8([UInt8](repeating: 1, count: 255))
    #expect(writer.bytes.count == 256)
    #expect(throws: LayoutError.tooLong(limit: 255, actual: 256)) {
      try writer.lengthPrefixed8([UInt8](repeating: 1, count: 256))
    }
    #expect(writer.bytes.count == 256)
  }

  @Test func `lp16 takes 65 535 bytes and refuses 65 536`() throws {
    var writer = LayoutWriter()
    try writer.lengthPrefixed16([UInt8](repeating: 1, count: 65_535))
    #expect(writer.bytes.count == 65_537)
    #expect(throws: LayoutError.tooLong(limit: 65_535, actual: 65_536)) {
      try writer.lengthPrefixed16([UInt8](repeating: 1, count: 65_536))
    }
    #expect(writer.bytes.count == 65_537)
  }
}
