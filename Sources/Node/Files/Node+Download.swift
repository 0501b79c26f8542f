import BlobCipher
import ByteLayout
import Foundation
import MessageContent
package import Messaging
import RelayClient
import RelayWire
import SecretMemory
import Verification

extension Node {
  /// Writes the file of a message to a new file, whether it came in the message or is at a relay.
  ///
  /// - Parameter path: must not be there; it has the whole content, or is not there, when this returns.
  /// - Throws: ``NodeFileError``, and what the core throws.
  package func saveFile(of message: MessageView, to path: String) async throws {
    guard case .file(_, let file) = message.body else { return try await fetchFile(of: message.id, to: path) }
    let content = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL)
    do {
      try content.append(file.bytes)
      try content.sync()
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Fetches the file of a message, verifies it, and writes its content to a new file.
  ///
  /// What comes is kept encrypted beside the vault until it is whole and verified, so that the next attempt goes on where
  /// this one was cut off, in another process too.
  /// - Parameter path: must not be there; it has the whole content, or is not there, when this returns.
  /// - Throws: ``NodeFileError``, and what the core throws.
  package func fetchFile(of message: Int64, to path: String) async throws {
    guard let pointer = try messenger.attachment(message)?.pointer else { throw NodeFileError.noFile }
    try files.make()
    let number: FixedBytes<16> = ContentHash.sha256(pointer.blobID.array).prefix()
    let download = files.path(of: number.description + FileFolder.downloadSuffix)
    try await fetch(pointer, to: download)
    do {
      let file = try OpenFile(download, O_RDONLY)
      try BlobCipher.verify(
        BlobCipher.FileIdentity(digest: pointer.digest, fileByteCount: pointer.fileByteCount), read: file.reader())
      try Self.decrypt(file, pointer, to: path)
    } catch let error as BlobError {
      switch error {
      case .unwritable: throw NodeFileError.cannotWrite
      case .unreadable: throw NodeFileError.cannotRead
      default:
        unlink(download)
        throw NodeFileError.notAuthentic(error)
      }
    }
    unlink(download)
  }

  private static func decrypt(_ file: OpenFile, _ pointer: BlobPointer, to path: String) throws {
    let content = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL)
    do {
      try BlobCipher.decrypt(
        key: try SecretBytes(copying: pointer.blobKey.bytes), contentByteCount: pointer.length,
        fileByteCount: pointer.fileByteCount, read: file.reader(), write: content.writer())
      try content.sync()
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Brings the encrypted file here, however often the connection is cut, as long as it gets on.
  private func fetch(_ pointer: BlobPointer, to path: String) async throws {
    let file = try OpenFile(path, O_RDWR | O_CREAT | O_APPEND)
    var fruitless = 0
    let report = onProgress
    while true {
      let offset = try file.byteCount()
      if offset >= pointer.fileByteCount { return }
      do {
        let transfer = try BlobTransfer(route: pointer.relay, transport: transport, timeLimit: limits.request)
        var position = offset
        try await transfer.fetch(
          BlobID(pointer.blobID), from: offset, fileByteCount: pointer.fileByteCount
        ) { bytes in
          try file.append(bytes)
          position += UInt64(bytes.count)
          report(TransferProgress(done: position, total: pointer.fileByteCount))
        }
      } catch let error as BlobTransferError {
        if error == .unknown {
          unlink(path)
          throw NodeFileError.gone
        }
        if try file.byteCount() > offset { fruitless = 0 }
        guard fruitless < Self.fruitlessAttempts else { throw NodeFileError.unreachable(host: pointer.relay) }
        try await pause(&fruitless)
      }
    }
  }
}
