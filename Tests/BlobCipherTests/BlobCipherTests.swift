import BlobCipher
import ByteLayout
import Primitives
import SecretMemory
import Testing
import Verification

@Suite struct `A blob` {
  private static let keyBytes = [UInt8](0..<32)
  private let header: FixedBytes<24>

  init() throws { header = try FixedBytes([UInt8](100..<124)) }

  /// Reads from an array, in order.
  private final class Source {
    private var left: ArraySlice<UInt8>
    init(_ bytes: [UInt8]) { left = bytes[...] }
    func read(_ count: Int) -> [UInt8] {
      defer { left = left.dropFirst(count) }
      return [UInt8](left.prefix(count))
    }
  }

  private func content(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) } }

  private func encrypt(_ content: [UInt8]) throws -> (file: [UInt8], identity: BlobCipher.FileIdentity) {
    let source = Source(content)
    var file: [UInt8] = []
    let identity = try BlobCipher.encrypt(
      key: try SecretBytes(copying: Self.keyBytes), header: header, contentByteCount: UInt64(content.count),
      read: { source.read($0) }, write: { file += $0 })
    return (file, identity)
  }

  private func decrypt(
    _ file: [UInt8], _ count: Int, key: [UInt8] = keyBytes, fileByteCount: Int? = nil
  ) throws -> [UInt8] {
    let source = Source(file)
    var content: [UInt8] = []
    try BlobCipher.decrypt(
      key: try SecretBytes(copying: key), contentByteCount: UInt64(count),
      fileByteCount: UInt64(fileByteCount ?? file.count), read: { source.read($0) }, write: { content += $0 })
    return content
  }

  private func verify(_ file: [UInt8], _ identity: BlobCipher.FileIdentity) throws {
    let source = Source(file)
    try BlobCipher.verify(identity, read: { source.read($0) })
  }

  /// A file as the writer would make it, with a word to say about each chunk.
  private func forged(
    _ contents: [[UInt8]], lastAt last: Int?, version: UInt8 = 1, commitment: [UInt8]? = nil, bound: [UInt8]? = nil
  ) throws -> [UInt8] {
    let output = try HKDFSHA256.deriveWithZeroSalt(
      inputKeyMaterial: try SecretBytes(copying: Self.keyBytes), info: [UInt8]("Sotto_Blob_v1".utf8), byteCount: 64)
    let genuine = output.withBytes { bytes in (32..<64).map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } }
    var writer = try SecretStream.Writer(key: try output.slice(0..<32), header: header)
    var file = [version] + (commitment ?? genuine) + header.array
    for (index, content) in contents.enumerated() {
      file += try writer.push(
        content, index == last ? .last : .middle, additionalData: index == 0 ? bound ?? [1] + genuine : [])
      if index == last { break }
    }
    return file
  }

  @Test(arguments: [0, 1, 16_384, 16_385, 65_535, 65_536, 65_537, 131_072, 200_001])
  func `is read as it was written`(count: Int) throws {
    let (file, identity) = try encrypt(content(count))
    #expect(UInt64(file.count) == identity.fileByteCount)
    #expect(try BlobLayout.fileByteCount(contentByteCount: UInt64(count)) == identity.fileByteCount)
    #expect(identity.digest == ContentHash.blake2b256(file))
    try verify(file, identity)
    #expect(try decrypt(file, count) == content(count))
  }

  @Test func `is laid out as the specification says`() throws {
    let content = content(70_000)
    let padded = content + [UInt8](repeating: 0, count: Int(try BlobLayout.paddedByteCount(70_000)) - 70_000)
    let chunks = [[UInt8](padded.prefix(65_536)), [UInt8](padded.dropFirst(65_536))]
    #expect(try encrypt(content).file == (try forged(chunks, lastAt: 1)))
  }

  @Test func `of another digest or size is refused before anything is decrypted`() throws {
    let (file, identity) = try encrypt(content(20_000))
    for index in [0, 1, 33, 57, 100, file.count - 1] {
      var changed = file
      changed[index] ^= 1
      #expect(throws: BlobError.wrongDigest) { try verify(changed, identity) }
    }
    for changed in [file.dropLast(), file + [0], []] {
      #expect(throws: BlobError.wrongByteCount) { try verify([UInt8](changed), identity) }
    }
    let odd = BlobCipher.FileIdentity(digest: identity.digest, fileByteCount: identity.fileByteCount + 1)
    #expect(throws: BlobError.wrongByteCount) { try verify(file + [0], odd) }
  }

  @Test func `that was changed anywhere is refused`() throws {
    let (file, _) = try encrypt(content(70_000))
    for index in [57, 100, 65_609, 65_610, file.count - 1] {
      var changed = file
      changed[index] ^= 1
      #expect(throws: BlobError.notAuthentic) { try decrypt(changed, 70_000) }
    }
    for index in 33..<57 {
      var changed = file
      changed[index] ^= 1
      #expect(throws: BlobError.notAuthentic) { try decrypt(changed, 70_000) }
    }
    for index in 1..<33 {
      var changed = file
      changed[index] ^= 1
      #expect(throws: BlobError.wrongCommitment) { try decrypt(changed, 70_000) }
    }
    #expect(throws: BlobError.unknownVersion) { try decrypt([2] + file.dropFirst(), 70_000) }
  }

  @Test func `under another key is refused by its commitment`() throws {
    let (file, _) = try encrypt(content(100))
    #expect(throws: BlobError.wrongCommitment) { try decrypt(file, 100, key: [UInt8](repeating: 9, count: 32)) }
    #expect(throws: BlobError.primitive(.wrongByteCount(expected: 32, actual: 31))) {
      try decrypt(file, 100, key: [UInt8](repeating: 9, count: 31))
    }
  }

  @Test func `whose first chunk is not bound to the commitment is refused`() throws {
    let file = try forged([[UInt8](repeating: 0, count: 16_384)], lastAt: 0, bound: [])
    #expect(throws: BlobError.notAuthentic) { try decrypt(file, 100) }
  }

  @Test func `whose last chunk comes early, late or never is refused`() throws {
    let chunk = [UInt8](repeating: 0, count: 65_536)
    let never = try forged([chunk, chunk], lastAt: nil)
    #expect(throws: BlobError.notAuthentic) { try decrypt(never, 131_072) }
    let early = try forged([chunk], lastAt: 0) + [UInt8](repeating: 0, count: 65_553)
    #expect(throws: BlobError.notAuthentic) { try decrypt(early, 131_072) }
    let late = try forged([chunk, chunk], lastAt: 1)
    #expect(throws: BlobError.notAuthentic) { try decrypt([UInt8](late.prefix(57 + 65_553)), 65_536) }
  }

  @Test func `whose chunks change places is refused`() throws {
    let chunk = [UInt8](repeating: 0, count: 65_536)
    let file = try forged([chunk, chunk, chunk], lastAt: 2)
    let parts = (0..<3).map { [UInt8](file[57 + $0 * 65_553..<57 + ($0 + 1) * 65_553]) }
    let moved = [UInt8](file[..<57]) + parts[1] + parts[0] + parts[2]
    #expect(throws: BlobError.notAuthentic) { try decrypt(moved, 196_608) }
  }

  @Test func `whose size is not that of its content is refused`() throws {
    let (file, _) = try encrypt(content(20_000))
    #expect(throws: BlobError.wrongByteCount) { try decrypt(file, 40_000) }
    #expect(throws: BlobError.wrongByteCount) {
      try decrypt([UInt8](file.dropLast()), 20_000, fileByteCount: file.count)
    }
    #expect(throws: BlobError.wrongByteCount) { try decrypt(file + [0], 20_000, fileByteCount: file.count) }
    #expect(throws: BlobError.wrongByteCount) { try decrypt([], 20_000, fileByteCount: file.count) }
  }

  @Test(arguments: [99, 101]) func `is not made when the content is not as long as was told`(told: UInt64) throws {
    let source = Source(content(100))
    #expect(throws: BlobError.contentChanged) {
      try BlobCipher.encrypt(
        key: try SecretBytes(copying: Self.keyBytes), header: header, contentByteCount: told,
        read: { source.read($0) }, write: { _ in })
    }
  }

  @Test func `is not made of more than 4 GiB`() throws {
    #expect(throws: BlobError.tooLarge) {
      try BlobCipher.encrypt(
        key: try SecretBytes(copying: Self.keyBytes), header: header, contentByteCount: 1 << 32 + 1,
        read: { _ in [] }, write: { _ in })
    }
  }
}
