import BlobCipher
import ByteLayout
import Foundation
import MessageContent
package import Messaging
import RelayClient
import RelayWire
import Verification

extension Node {
  /// Files that are fetched side by side; more wait for their turn.
  private static let downloadsAtOnce = 4

  /// Writes the file of a message to a new file, whether it came in the message or is at a relay. Nothing else of it stays.
  ///
  /// - Parameter path: must not be there; it has the whole content, or is not there, when this returns.
  /// - Throws: ``NodeFileError``, and what the core throws.
  package func saveFile(of message: MessageView, to path: String) async throws {
    guard case .file(_, let inside) = message.body else {
      let file = try await fetchFile(of: message.id)
      try await file.save(to: path)
      unlink(file.path)
      return
    }
    let content = try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL)
    do {
      try content.append(inside.bytes)
      try content.sync()
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Brings the file of a message here, and verifies it.
  ///
  /// What comes is kept encrypted beside the vault, so that the next attempt goes on where this one was cut off, in another
  /// process too. A verified file stays until nobody has read it for an hour.
  /// - Throws: ``NodeFileError``, and what the core throws.
  package func fetchFile(of message: Int64) async throws -> FetchedFile {
    guard let pointer = try messenger.attachment(message)?.pointer else { throw NodeFileError.noFile }
    try files.make()
    let file = verifiedFile(pointer)
    try await takeDownloadTurn(file.path)
    defer {
      downloading.remove(file.path)
      downloadBell.ring()
    }
    guard access(file.path, R_OK) != 0 else { return file }
    let download = partialFile(pointer)
    do {
      try await fetch(pointer, of: message, to: download)
      try await Self.verify(download, pointer)
      guard rename(download, file.path) == 0 else { throw NodeFileError.cannotWrite }
    } catch let error as NodeFileError where error.isFinal {
      unlink(download)
      try messenger.noteFile(of: message, isReady: false)
      doorbell.ring()
      throw error
    }
    try messenger.noteFile(of: message, isReady: true)
    doorbell.ring()
    return file
  }

  /// Whether the file of a message is here, verified.
  package func hasFile(of message: Int64) throws -> Bool {
    guard let pointer = try messenger.attachment(message)?.pointer else { return false }
    return access(verifiedFile(pointer).path, R_OK) == 0
  }

  /// Removes what is here of the file of a message that is at a relay.
  package func forgetFile(of message: Int64) async throws {
    guard let pointer = try messenger.attachment(message)?.pointer else { return }
    let file = verifiedFile(pointer)
    try await takeDownloadTurn(file.path)
    unlink(file.path)
    unlink(partialFile(pointer))
    downloading.remove(file.path)
    downloadBell.ring()
  }

  private func verifiedFile(_ pointer: BlobPointer) -> FetchedFile {
    FetchedFile(path: files.path(of: Self.name(pointer) + FileFolder.verifiedSuffix), pointer: pointer)
  }

  private func partialFile(_ pointer: BlobPointer) -> String {
    files.path(of: Self.name(pointer) + FileFolder.downloadSuffix)
  }

  private static func name(_ pointer: BlobPointer) -> String {
    let number: FixedBytes<16> = ContentHash.sha256(pointer.blobID.array).prefix()
    return number.description
  }

  /// Waits until nobody else fetches this file, and not too many fetch others.
  private func takeDownloadTurn(_ path: String) async throws {
    let bell = downloadBell.listen()
    while downloading.contains(path) || downloading.count >= Self.downloadsAtOnce { try await bell.wait() }
    downloading.insert(path)
  }

  /// Beside everything else that the node does: it reads all of it.
  @concurrent private static func verify(_ path: String, _ pointer: BlobPointer) async throws(NodeFileError) {
    let file = try OpenFile(path, O_RDONLY)
    do throws(BlobError) {
      try BlobCipher.verify(
        BlobCipher.FileIdentity(digest: pointer.digest, fileByteCount: pointer.fileByteCount), read: file.reader())
    } catch .unreadable { throw .cannotRead } catch { throw .notAuthentic(error) }
  }

  /// Brings the encrypted file here, however often the connection is cut, as long as it gets on.
  private func fetch(_ pointer: BlobPointer, of message: Int64, to path: String) async throws {
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
          report(
            TransferProgress(direction: .download, message: message, done: position, total: pointer.fileByteCount))
        }
      } catch let error as BlobTransferError {
        if error == .unknown {
          throw NodeFileError.gone
        }
        if try file.byteCount() > offset { fruitless = 0 }
        guard fruitless < Self.fruitlessAttempts else { throw NodeFileError.unreachable(host: pointer.relay) }
        try await pause(&fruitless)
      }
    }
  }
}
