import ByteLayout
import Testing

@Suite struct `Extension field` {
  private func read(_ bytes: [UInt8], understood: Set<UInt16> = []) throws -> Extensions {
    var reader = LayoutReader(bytes)
    let extensions = try Extensions(reading: &reader, understood: understood)
    try reader.finish()
    return extensions
  }

  private func written(_ extensions: Extensions) throws -> [UInt8] {
    var writer = LayoutWriter()
    try extensions.write(to: &writer)
    return writer.bytes
  }

  @Test func `none is two zero bytes`() throws {
    #expect(try written(.none) == [0, 0])
    #expect(try read([0, 0]) == .none)
  }

  @Test func `values come back in their order`() throws {
    let extensions = try Extensions([
      .init(type: 1, bytes: [0xaa]), .init(type: 2, bytes: []), .init(type: 0x8003, bytes: [1, 2, 3]),
    ])
    let bytes = try written(extensions)
    #expect(Hexadecimal.encode(bytes) == "0010" + "00010001aa" + "00020000" + "80030003010203")
    #expect(try read(bytes, understood: [0x8003]) == extensions)
    #expect(extensions[1] == [0xaa])
    #expect(extensions[2] == [])
    #expect(extensions[3] == nil)
  }

  @Test func `an unknown type is kept when it is not critical and refused when it is`() throws {
    #expect(try read([0, 4, 0x7f, 0xff, 0, 0])[0x7fff] == [])
    #expect(throws: LayoutError.unknownValue(field: "critical extension", value: 0x8000)) {
      try read([0, 4, 0x80, 0x00, 0, 0], understood: [1, 0x8001])
    }
    #expect(try read([0, 4, 0x80, 0x00, 0, 0], understood: [0x8000])[0x8000] == [])
  }

  @Test(arguments: [[0, 8, 0, 2, 0, 0, 0, 1, 0, 0], [0, 8, 0, 1, 0, 0, 0, 1, 0, 0]] as [[UInt8]])
  func `types that descend or repeat are refused`(bytes: [UInt8]) {
    #expect(throws: LayoutError.notAllowed(field: "ext order")) { try read(bytes) }
  }

  @Test func `types that descend or repeat cannot be written either`() {
    for types in [[2, 1], [1, 1], [0, 5, 4]] as [[UInt16]] {
      #expect(throws: LayoutError.notAllowed(field: "ext order")) {
        try Extensions(types.map { .init(type: $0, bytes: []) })
      }
    }
  }

  @Test func `every truncation is refused, of the field and of what is inside it`() throws {
    let whole = try written(
      Extensions([.init(type: 1, bytes: [1, 2]), .init(type: 9, bytes: [3])]))
    for count in 0..<whole.count {
      #expect(throws: LayoutError.self) { try read([UInt8](whole[..<count])) }
    }
    // The outer length is cut as well, so that only the inner structure is short; a cut between two values is whole.
    let inner = whole.count - 2
    for count in 1..<inner where count != 6 {
      #expect(throws: LayoutError.self) { try read([0, UInt8(count)] + whole[2..<2 + count]) }
    }
  }

  @Test func `bytes after the field are left to the caller`() throws {
    var reader = LayoutReader([0, 0, 7])
    _ = try Extensions(reading: &reader, understood: [])
    #expect(try reader.uint8() == 7)
  }
}
