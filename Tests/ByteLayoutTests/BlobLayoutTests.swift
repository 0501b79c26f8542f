import ByteLayout
import Testing

@Suite struct `A blob's size` {
  @Test(
    arguments: [
      (0, 16_384), (1, 16_384), (16_384, 16_384), (16_385, 17_408), (65_536, 65_536), (65_537, 67_584),
      (200_000_000, 201_326_592), (1 << 32, 1 << 32),
    ] as [(UInt64, UInt64)])
  func `is padded to the next step of the scale`(length: UInt64, padded: UInt64) throws {
    #expect(try BlobLayout.paddedByteCount(length) == padded)
  }

  @Test func `grows by at most 12 percent, and a padded size stays as it is`() throws {
    var length: UInt64 = 16_384
    while length < 1 << 32 {
      let padded = try BlobLayout.paddedByteCount(length)
      #expect(padded >= length && padded - length <= length * 12 / 100)
      #expect(try BlobLayout.paddedByteCount(padded) == padded)
      length = length * 21 / 20 + 1
    }
  }

  @Test func `counts the opening and 17 bytes for every chunk`() throws {
    #expect(try BlobLayout.fileByteCount(contentByteCount: 0) == 57 + 16_384 + 17)
    #expect(try BlobLayout.fileByteCount(contentByteCount: 65_536) == 57 + 65_536 + 17)
    #expect(try BlobLayout.fileByteCount(contentByteCount: 65_537) == 57 + 67_584 + 34)
  }

  @Test func `is known from any other number`() throws {
    for length in [0, 16_385, 65_536, 70_000, 1_000_000, 200_000_000, 1 << 32] as [UInt64] {
      let size = try BlobLayout.fileByteCount(contentByteCount: length)
      #expect(BlobLayout.isFileByteCount(size))
      for other in [size - 1, size + 1, size + 17] { #expect(!BlobLayout.isFileByteCount(other)) }
    }
    for size in [0, 1, 57, 58, 74, 75, 16_457, .max] as [UInt64] { #expect(!BlobLayout.isFileByteCount(size)) }
  }

  @Test func `is refused above 4 GiB`() {
    let limit = 1 << 32
    #expect(throws: LayoutError.tooLong(limit: limit, actual: limit + 1)) {
      try BlobLayout.paddedByteCount(UInt64(limit) + 1)
    }
  }
}
