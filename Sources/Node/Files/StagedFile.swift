import BlobCipher
import ByteLayout
import Foundation
import MessageContent
package import Messaging
import Primitives
import SecretMemory
import Synchronization

/// A file that waits, encrypted, for the message that it is to go with.
///
/// Its key is in this process's memory and nowhere else: what is on the disk can be read by nobody once this has gone, and is
/// removed then, unless a message has it.
package struct StagedFile: Sendable {
  /// Bytes of the content.
  package let byteCount: UInt64
  let identity: BlobCipher.FileIdentity
  let place: StagedPlace

  /// The file belongs to a message if that has it beside itself: then it stays. What went inside does not.
  package func keep(for message: MessageView) {
    if case .attachment = message.body { place.keep() }
  }

  /// The content, for what travels inside its message.
  ///
  /// - Throws: ``NodeFileError``.
  func content() throws(NodeFileError) -> [UInt8] {
    do {
      let file = try OpenFile(place.path, O_RDONLY)
      var content: [UInt8] = []
      try BlobCipher.decrypt(
        key: place.key, contentByteCount: byteCount, fileByteCount: identity.fileByteCount, read: file.reader()
      ) { bytes throws(BlobError) in content += bytes }
      return content
    } catch { throw .cannotRead }
  }

  /// The key as it goes into the message, which is sealed with the vault.
  func carriedKey() throws -> CarriedSecret {
    try CarriedSecret(
      place.key.withBytes { key in (0..<key.byteCount).map { key.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } })
  }

  /// Makes sure that it is on the disk.
  func sync() throws(NodeFileError) { try OpenFile(place.path, O_RDONLY).sync() }
}

/// Where a staged file is, and its key. Removes the file when it goes, unless it is kept.
final class StagedPlace: Sendable {
  let name: String
  let key: SecretBytes
  private let folder: FileFolder
  private let isKept = Atomic(false)

  init(in folder: FileFolder, name: String, key: consuming SecretBytes) {
    self.folder = folder
    self.name = name
    self.key = key
    folder.staged.insert(name)
  }

  deinit {
    folder.staged.remove(name)
    if !isKept.load(ordering: .relaxed) { unlink(path) }
  }

  var path: String { folder.path(of: name) }

  func keep() { isKept.store(true, ordering: .relaxed) }
}

/// Encrypts content that comes in pieces into the folder of files. Used by one task.
package final class StagingWriter {
  private let place: StagedPlace
  private let file: OpenFile
  private let byteCount: UInt64
  private var encryption: BlobCipher.Encryption?

  fileprivate init(_ place: StagedPlace, header: FixedBytes<24>, byteCount: UInt64) throws(NodeFileError) {
    self.place = place
    self.byteCount = byteCount
    let file = try OpenFile(place.path, O_WRONLY | O_CREAT | O_EXCL)
    self.file = file
    encryption = try Self.mapped { () throws(BlobError) in
      try BlobCipher.Encryption(
        key: place.key, header: header, contentByteCount: byteCount, write: file.writer())
    }
  }

  /// Takes the next bytes of the content.
  ///
  /// - Throws: ``NodeFileError/cannotRead`` when there are more than was said, ``NodeFileError/cannotWrite``.
  package func append(_ content: [UInt8]) throws(NodeFileError) {
    let write = file.writer()
    try Self.mapped { () throws(BlobError) in try encryption?.append(content, write: write) }
  }

  /// All has come.
  ///
  /// - Throws: ``NodeFileError/cannotRead`` when it is less than was said, ``NodeFileError/cannotWrite``.
  package func finish() throws(NodeFileError) -> StagedFile {
    let write = file.writer()
    guard let encryption = encryption.take() else { throw .cannotWrite }
    let identity: BlobCipher.FileIdentity
    do throws(BlobError) { identity = try encryption.finish(write: write) } catch { throw Self.mapped(error) }
    // What fits into its message does not stay on the disk.
    if byteCount > UInt64(Node.messageLimit) { try file.sync() }
    return StagedFile(byteCount: byteCount, identity: identity, place: place)
  }

  private static func mapped<Value: ~Copyable>(
    _ body: () throws(BlobError) -> Value
  ) throws(NodeFileError) -> Value {
    do throws(BlobError) { return try body() } catch { throw mapped(error) }
  }

  private static func mapped(_ error: BlobError) -> NodeFileError {
    switch error {
    case .unwritable: .cannotWrite
    case .tooLarge: .tooLarge
    default: .cannotRead
    }
  }
}

extension Node {
  /// Begins a file that is to be sent, of so many bytes. Needs neither the vault nor the network.
  ///
  /// - Throws: ``NodeFileError``, and what the randomness throws.
  package nonisolated func stage(byteCount: UInt64) throws -> StagingWriter {
    guard byteCount <= BlobLayout.maximumContentByteCount else { throw NodeFileError.tooLarge }
    try files.make()
    let number: FixedBytes<16> = randomness.fixed()
    let place = StagedPlace(
      in: files, name: number.description + FileFolder.uploadSuffix,
      key: try randomness.secret(byteCount: BlobCipher.keyByteCount))
    return try StagingWriter(place, header: randomness.fixed(), byteCount: byteCount)
  }

  /// Encrypts a file that is on the disk; it is read once, and not needed afterwards.
  ///
  /// Beside everything else that the node does: a file of gigabytes holds nothing up.
  /// - Throws: ``NodeFileError``, and `CancellationError`.
  @concurrent package nonisolated func stage(fileAt path: String) async throws -> StagedFile {
    let content = try OpenFile(path, O_RDONLY)
    let byteCount = try content.byteCount()
    let writer = try stage(byteCount: byteCount)
    var position: UInt64 = 0
    while position < byteCount {
      try Task.checkCancellation()
      let bytes = try content.read(at: position, count: Int(min(UInt64(Self.stagingPiece), byteCount - position)))
      guard !bytes.isEmpty else { throw NodeFileError.cannotRead }
      try writer.append(bytes)
      position += UInt64(bytes.count)
      await Task.yield()
    }
    guard try content.read(at: byteCount, count: 1).isEmpty else { throw NodeFileError.cannotRead }
    return try writer.finish()
  }

  private static let stagingPiece = 256 * 1_024
}
