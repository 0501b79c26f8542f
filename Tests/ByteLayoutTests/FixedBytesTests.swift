import ByteLayout
import Testing

@Suite struct `Fixed bytes` {
  @Test func `a value takes exactly its size`() throws {
    let value = try FixedBytes<4>([1, 2, 3, 4])
    #expect(value.array == [1, 2, 3, 4])
    #expect(value[2] == 3)
  }

  @Test(arguments: [0, 1, 3, 5, 8, 1_000])
  func `another size is refused with both sizes`(count: Int) {
    #expect(throws: LayoutError.wrongByteCount(expected: 4, actual: count)) {
      try FixedBytes<4>([UInt8](repeating: 7, count: count))
    }
  }

  @Test func `a slice that does not start at zero keeps its bytes`() throws {
    let all: [UInt8] = [9, 9, 1, 2, 3]
    #expect(try FixedBytes<3>(all[2...]).array == [1, 2, 3])
  }

  @Test func `values differ when any single byte differs`() throws {
    let value = try FixedBytes<32>([UInt8](0..<32))
    for index in 0..<32 {
      var other = value
      other[index] ^= 0x80
      #expect(other != value)
      #expect(other.hashValue != value.hashValue)
    }
    #expect(value == (try FixedBytes<32>([UInt8](0..<32))))
  }

  @Test func `the order is that of unsigned bytes, the first one first`() throws {
    let low = try FixedBytes<2>([0x7f, 0xff])
    let high = try FixedBytes<2>([0x80, 0x00])
    #expect(low < high)
    #expect(!(high < low))
    #expect(!(low < low))
    #expect(try FixedBytes<2>([1, 1]) < FixedBytes<2>([1, 2]))
  }

  @Test func `zero is recognised, and one bit anywhere is not zero`() {
    #expect(FixedBytes<16>().isZero)
    for index in 0..<16 {
      var value = FixedBytes<16>()
      value[index] = 1
      #expect(!value.isZero)
    }
  }

  @Test func `a prefix keeps the first bytes`() throws {
    let value = try FixedBytes<4>([1, 2, 3, 4])
    let prefix: FixedBytes<2> = value.prefix()
    #expect(prefix.array == [1, 2])
  }

  @Test func `bytes written in place and bytes lent are the same`() {
    let value = FixedBytes<3> { span in
      for index in 0..<3 { span.storeBytes(of: UInt8(index + 1), toByteOffset: index, as: UInt8.self) }
    }
    #expect(value.array == [1, 2, 3])
    let lent = value.withBytes { span in
      (0..<span.byteCount).map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
    }
    #expect(lent == [1, 2, 3])
  }

  @Test func `the description is lower-case hexadecimal`() throws {
    #expect(try FixedBytes<3>([0x00, 0xab, 0xff]).description == "00abff")
  }
}
