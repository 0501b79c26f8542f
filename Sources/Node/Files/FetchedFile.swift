import BlobCipher
import ByteLayout
import Foundation
import MessageContent
import SecretMemory

/// A file that is here, encrypted, whole, and found to be the one that its message means.
package struct FetchedFile: Sendable {
  let path: String
  let pointer: BlobPointer

  /// Bytes of the content.
  package var byteCount: UInt64 { pointer.length }

  /// Begins to read the content.
  ///
  /// - Throws: ``NodeFileError``.
  package func reader() throws(NodeFileError) -> FileReader { try FileReader(path, pointer) }

  /// Writes the content to a new file, which is there as a whole or not at all when this returns.
  @concurrent func save(to path: String) async throws {
    let reader = try reader()
    let content = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL)
    do {
      while let bytes = try reader.next() {
        try Task.checkCancellation()
        try content.append(bytes)
        await Task.yield()
      }
      try content.sync()
    } catch {
      unlink(path)
      throw error
    }
  }
}

/// Decrypts a verified file from its beginning, a chunk of 64 KiB at a time. Used by one task.
///
/// The content exists in memory only. A file that was changed on the disk since it was verified is noticed at the chunk that
/// was changed, before it is given.
package final class FileReader {
  private let file: OpenFile
  private let read: BlobCipher.Read
  private var decryption: BlobCipher.Decryption

  fileprivate init(_ path: String, _ pointer: BlobPointer) throws(NodeFileError) {
    let file = try OpenFile(path, O_RDONLY)
    file.touch()
    self.file = file
    read = file.reader()
    let read = read
    do {
      decryption = try BlobCipher.Decryption(
        key: try SecretBytes(copying: pointer.blobKey.bytes), contentByteCount: pointer.length,
        fileByteCount: pointer.fileByteCount, read: read)
    } catch let error as BlobError { throw .notAuthentic(error) } catch { throw .cannotRead }
  }

  /// The next part of the content; nil when all of it was given.
  ///
  /// - Throws: ``NodeFileError``; then what was given is worth nothing.
  package func next() throws(NodeFileError) -> [UInt8]? {
    do throws(BlobError) { return try decryption.next(read) } catch .unreadable { throw .cannotRead } catch {
      throw .notAuthentic(error)
    }
  }
}
