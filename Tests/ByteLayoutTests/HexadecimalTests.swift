import ByteLayout
import Testing

@Suite struct `Hexadecimal text` {
  @Test func `every byte survives the way to text and back`() throws {
    let all = [UInt8](0...255)
    let text = Hexadecimal.encode(all)
    #expect(text.count == 512)
    #expect(text == text.lowercased())
    #expect(try Hexadecimal.decode(text) == all)
    #expect(try Hexadecimal.decode(text.uppercased()) == all)
  }

  @Test func `no bytes are no text`() throws {
    #expect(Hexadecimal.encode([]).isEmpty)
    #expect(try Hexadecimal.decode("").isEmpty)
  }

  @Test(arguments: ["0", "abc", "0g", "g0", " 00", "0x00", "00 ", "0\n", "é", "٠٠", "@A", "`a", "/0", "0:"])
  func `anything else is refused`(text: String) {
    #expect(throws: LayoutError.notHexadecimal) { try Hexadecimal.decode(text) }
  }
}
