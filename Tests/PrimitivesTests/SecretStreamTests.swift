import ByteLayout
import Primitives
import SecretMemory
import Testing

@Suite struct `A secret stream` {
  private static let keyText = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
  private static let headerText = "404142434445464748494a4b4c4d4e4f5051525354555657"
  private static let contents: [[UInt8]] = [[UInt8](repeating: 7, count: 100), [], [1, 2, 3]]
  private let header: FixedBytes<24>

  init() throws { header = try FixedBytes(try bytes(Self.headerText)) }

  private func chunks(last: Bool = true) throws -> [[UInt8]] {
    var writer = try SecretStream.Writer(key: try secret(Self.keyText), header: header)
    var sealed: [[UInt8]] = []
    for (index, content) in Self.contents.enumerated() {
      let place: SecretStream.Place = last && index == Self.contents.count - 1 ? .last : .middle
      sealed.append(try writer.push(content, place, additionalData: index == 0 ? [9] : []))
    }
    return sealed
  }

  private func read(
    _ chunks: [[UInt8]], key: String = keyText, header: FixedBytes<24>? = nil, additionalData: [UInt8] = [9]
  ) throws -> [[UInt8]] {
    var reader = try SecretStream.Reader(key: try secret(key), header: header ?? self.header)
    var contents: [[UInt8]] = []
    for (index, chunk) in chunks.enumerated() {
      contents.append(try reader.pull(chunk, additionalData: index == 0 ? additionalData : []).content)
    }
    try reader.finish()
    return contents
  }

  @Test func `what was written is read, and every chunk grows by 17 bytes`() throws {
    let sealed = try chunks()
    #expect(sealed.map(\.count) == [117, 17, 20])
    #expect(try read(sealed) == Self.contents)
  }

  @Test func `the bytes are those of libsodium's own writer`() throws {
    // Made with PyNaCl's bindings: the state of `init_pull` over the same key and header, then `push`.
    let sealed = try chunks()
    #expect(Hexadecimal.encode(sealed[1]) == "be6f960b71e45d2e190cc9e5fc291e0a12")
    #expect(Hexadecimal.encode(sealed[2]) == "f455f441478a18c9adb47e5b4e5567bcb548d0db")
  }

  @Test func `every changed bit is refused`() throws {
    let genuine = try chunks()
    for chunk in genuine.indices {
      for index in genuine[chunk].indices {
        var changed = genuine
        changed[chunk][index] ^= 1 << UInt8(index % 8)
        #expect(throws: SecretStreamError.authenticationFailed) { try read(changed) }
      }
    }
  }

  @Test func `another key, another header and other additional data are refused`() throws {
    let genuine = try chunks()
    let failure = SecretStreamError.authenticationFailed
    #expect(throws: failure) { try read(genuine, key: "01" + Self.keyText.dropFirst(2)) }
    var other = header
    for index in [0, 15, 16, 23] {
      other[index] ^= 1
      #expect(throws: failure) { try read(genuine, header: other) }
      other[index] ^= 1
    }
    #expect(throws: failure) { try read(genuine, additionalData: []) }
    #expect(throws: failure) { try read(genuine, additionalData: [8]) }
  }

  @Test func `chunks in another order, left out or repeated are refused`() throws {
    let genuine = try chunks()
    for order in [[1, 0, 2], [0, 2], [1, 2], [0, 0, 1, 2], [0, 1, 1, 2], [2]] {
      #expect(throws: SecretStreamError.authenticationFailed) { try read(order.map { genuine[$0] }) }
    }
  }

  @Test func `a stream that ends early is refused`() throws {
    let genuine = try chunks()
    for count in 0..<genuine.count {
      #expect(throws: SecretStreamError.missingFinal) { try read([[UInt8]](genuine.prefix(count))) }
    }
    #expect(throws: SecretStreamError.missingFinal) { try read(try chunks(last: false)) }
    for count in 0..<20 {
      let cut = [genuine[0], genuine[1], [UInt8](genuine[2].prefix(count))]
      #expect(throws: SecretStreamError.authenticationFailed) { try read(cut) }
    }
  }

  @Test func `nothing may follow the last chunk`() throws {
    let genuine = try chunks()
    #expect(throws: SecretStreamError.afterFinal) { try read(genuine + [genuine[2]]) }
    var writer = try SecretStream.Writer(key: try secret(Self.keyText), header: header)
    _ = try writer.push([1], .last)
    do {
      _ = try writer.push([2], .middle)
      Issue.record("a chunk was written after the last")
    } catch { #expect(error == .afterFinal) }
  }

  @Test func `a chunk with a tag that is not ours is refused`() throws {
    // The same stream's first chunk with TAG_PUSH, made with PyNaCl's bindings.
    #expect(throws: SecretStreamError.unknownTag) {
      try read([try bytes("0cabfd2c85640e17e4504a5a7f268c92a3856cc3e57c")], additionalData: [])
    }
  }

  @Test(arguments: [0, 31, 33]) func `a key of another size is refused`(count: Int) throws {
    let key = try SecretBytes(copying: [UInt8](repeating: 1, count: count))
    do {
      _ = try SecretStream.Reader(key: key, header: header)
      Issue.record("the key was taken")
    } catch { #expect(error == .primitive(.wrongByteCount(expected: 32, actual: count))) }
  }
}
