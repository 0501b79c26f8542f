import BlobCipher
import ByteLayout
import Primitives
import SecretMemory
import Verification

/// An encrypted file, made from its key and header, changed on its way, and read by what a pointer says of it (C11).
///
/// Byte i of the content is i·7 + 3 mod 256.
struct BlobFileCase: VectorCase {
  static let family = "blob-file"
  private static let chunkByteCount = BlobLayout.chunkByteCount + BlobLayout.chunkOverheadByteCount

  var comment: String
  var expect: Expectation
  let key: HexBytes
  let header: HexBytes
  let content_byte_count: UInt64
  /// BLAKE2b-256 of the file as it was made.
  let file_digest: HexBytes
  let edits: [Edit]
  let pointer: Pointer

  /// What the message says.
  struct Pointer: Codable, Hashable {
    let key: HexBytes
    let content_byte_count: UInt64
    let digest: HexBytes
    let file_byte_count: UInt64
  }

  /// One change of the file; exactly one of the fields is there.
  struct Edit: Codable, Hashable {
    /// The lowest bit of this byte; −1 is the last one.
    var flip: Int?
    var cut_to: Int?
    /// The chunks that are left, in this order.
    var chunks: [Int]?
  }

  func perform() throws {
    let content = (0..<content_byte_count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }
    var file: [UInt8] = []
    var source = content[...]
    let identity = try BlobCipher.encrypt(
      key: try key.secret(), header: try header.fixed(), contentByteCount: content_byte_count
    ) {
      Self.take($0, &source)
    } write: {
      file += $0
    }
    try Difference.check(HexBytes(identity.digest), file_digest, at: "file_digest")

    for edit in edits { Self.change(&file, edit) }
    var bytes = file[...]
    try BlobCipher.verify(
      BlobCipher.FileIdentity(digest: try pointer.digest.fixed(), fileByteCount: pointer.file_byte_count)
    ) { Self.take($0, &bytes) }
    bytes = file[...]
    var read: [UInt8] = []
    try BlobCipher.decrypt(
      key: try pointer.key.secret(), contentByteCount: pointer.content_byte_count,
      fileByteCount: pointer.file_byte_count
    ) {
      Self.take($0, &bytes)
    } write: {
      read += $0
    }
    try Difference.check(HexBytes(read), HexBytes(content), at: "content")
  }

  private static func take(_ count: Int, _ source: inout ArraySlice<UInt8>) -> [UInt8] {
    defer { source = source.dropFirst(count) }
    return Array(source.prefix(count))
  }

  private static func change(_ file: inout [UInt8], _ edit: Edit) {
    if let place = edit.flip { file[place < 0 ? file.count + place : place] ^= 1 }
    if let length = edit.cut_to { file = Array(file.prefix(length)) }
    if let chunks = edit.chunks {
      let sealed = file.dropFirst(BlobLayout.openingByteCount)
      file =
        file.prefix(BlobLayout.openingByteCount)
        + chunks.flatMap {
          sealed.dropFirst($0 * chunkByteCount).prefix(chunkByteCount)
        }
    }
  }
}

/// How long the encrypted file of some content is (C11).
struct BlobSizeCase: VectorCase {
  static let family = "blob-size"

  var comment: String
  var expect: Expectation
  let content_byte_count: UInt64
  var file_byte_count: UInt64?

  func perform() throws {
    let size = try BlobLayout.fileByteCount(contentByteCount: content_byte_count)
    try Difference.check(size, file_byte_count ?? 0, at: "file_byte_count")
  }
}
