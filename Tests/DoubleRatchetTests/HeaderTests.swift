import ByteLayout
import DoubleRatchet
import Primitives
import Testing

@Suite("Header") struct HeaderTests {
  @Test func `a header is version, key, PN and N in 41 bytes`() throws {
    let (alice, _) = try Party.pair()
    _ = try alice.sendMany(0x0102)
    let header = try alice.send().header
    let expected = [0x01] + header.ratchetKey.bytes.array + [0, 0, 0, 0] + [0, 0, 1, 2]
    #expect(header.bytes == expected)
    #expect(try RatchetHeader(expected) == header)
  }

  @Test func `headers of other lengths and versions are refused`() throws {
    let (alice, _) = try Party.pair()
    let bytes = try alice.send().header.bytes
    for count in 0..<41 {
      #expect(throws: RatchetError.malformedHeader(.wrongByteCount(expected: 41, actual: count))) {
        try RatchetHeader(bytes.prefix(count))
      }
    }
    #expect(throws: RatchetError.malformedHeader(.wrongByteCount(expected: 41, actual: 42))) {
      try RatchetHeader(bytes + [0])
    }
    // Version 2 is suite 3's, and longer.
    #expect(throws: RatchetError.malformedHeader(.wrongByteCount(expected: 49, actual: 41))) {
      try RatchetHeader([2] + bytes.dropFirst())
    }
    for version in [0, 3, 255] as [UInt8] {
      #expect(
        throws: RatchetError.malformedHeader(
          .unknownValue(field: "ratchet header version", value: Int(version)))
      ) {
        try RatchetHeader([version] + bytes.dropFirst())
      }
    }
  }

  @Test(arguments: [
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0900000000000000000000000000000000000000000000000000000000000080",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  ])
  func `a key that is not canonical is refused`(key: String) throws {
    let bytes = [0x01] + (try Hexadecimal.decode(key)) + [UInt8](repeating: 0, count: 8)
    #expect(throws: RatchetError.malformedHeader(.notAllowed(field: "ratchet key"))) { try RatchetHeader(bytes) }
  }

  @Test func `the number that PN could not count is refused`() throws {
    let (alice, _) = try Party.pair()
    let bytes = try alice.send().header.bytes.dropLast(4)
    #expect(throws: RatchetError.malformedHeader(.notAllowed(field: "N"))) {
      try RatchetHeader(bytes + [0xff, 0xff, 0xff, 0xff])
    }
    #expect(try RatchetHeader(bytes + [0xff, 0xff, 0xff, 0xfe]).number == .max - 1)
  }
}
