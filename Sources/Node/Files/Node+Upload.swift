import BlobCipher
import ByteLayout
import Foundation
package import Messaging
import MessageContent
import Primitives
import RelayClient
import RelayWire

extension Node {
  /// Attempts of one transfer that bring nothing before it has to wait for another time.
  static let fruitlessAttempts = 6

  /// Bytes of a text, and of what fits into one message: text, name and file together.
  private static let textLimit = 49_152
  static let messageLimit = 57_344

  /// Puts a staged file into its message if it fits, and beside it if not; no network.
  ///
  /// When what this wrote is durable and ``StagedFile/keep(for:)`` is to be told.
  /// - Parameter name: what the recipient sees.
  /// - Throws: ``NodeFileError``, and what the core throws.
  package func send(
    text: String, staged file: StagedFile, name: String, mime: String, to contact: Int64,
    options: SendOptions = SendOptions()
  ) throws -> MessageView {
    if file.byteCount <= UInt64(Self.messageLimit) {
      let content = AttachedFile(name: name, mime: mime, bytes: try file.content())
      do {
        return try messenger.send(text: text, file: content, to: contact, options: options)
      } catch MessagingError.tooLarge(let limit, let actual) {
        // With a text that is too long by itself nothing is won, and what opens once travels in its message.
        guard limit > Self.textLimit, !options.isViewOnce else {
          throw MessagingError.tooLarge(limit: limit, actual: actual)
        }
        try file.sync()
      }
    }
    let blob = OutgoingBlob(
      name: name, mime: mime, storedAs: file.place.name, upload: UploadCapability(randomness.fixed()),
      blobKey: try file.carriedKey(), length: file.byteCount, digest: file.identity.digest,
      fileByteCount: file.identity.fileByteCount)
    return try messenger.send(text: text, blob: blob, to: contact, options: options)
  }

  /// Removes encrypted files that nothing needs any more.
  package func removeOldFiles() throws { files.removeOrphans(keeping: try messenger.filesToUpload()) }

  /// Brings an encrypted file to its relay, however often the connection is cut, as long as it gets on.
  func perform(_ work: UploadWork) async throws {
    let transfer = try BlobTransfer(route: work.host, transport: transport, timeLimit: limits.request)
    let file = try OpenFile(files.path(of: work.storedAs), O_RDONLY)
    var (best, fruitless): (UInt64, Int) = (0, 0)
    while true {
      do {
        let offset = try await begin(work, transfer)
        if offset > best { (best, fruitless) = (offset, 0) }
        var done = offset
        if offset < work.fileByteCount {
          let report = onProgress
          done = try await transfer.send(
            work.upload, from: offset, fileByteCount: work.fileByteCount,
            read: { try file.read(at: $0, count: $1) },
            progress: {
              report(
                TransferProgress(direction: .upload, message: work.message, done: $0, total: work.fileByteCount))
            })
        }
        if done == work.fileByteCount { break }
        best = max(best, done)
      } catch let error as BlobTransferError {
        guard fruitless < Self.fruitlessAttempts else { throw error }
        try await pause(&fruitless)
      }
    }
    try messenger.uploaded(work)
    unlink(files.path(of: work.storedAs))
  }

  /// How far an upload is; one that has not begun, or whose time was over, is granted and begun.
  private func begin(_ work: UploadWork, _ transfer: BlobTransfer) async throws -> UInt64 {
    do { return try await transfer.offset(of: work.upload) } catch BlobTransferError.unknown {}
    _ = try await sender(work.host, work.relayKey).createBlob(work.command)
    return try await transfer.begin(work.upload, fileByteCount: work.fileByteCount)
  }

  /// Waits 100 ms, 200 ms, … so that a relay that restarts is met again.
  func pause(_ fruitless: inout Int) async throws {
    try await ContinuousClock().sleep(for: .milliseconds(100 << fruitless))
    fruitless += 1
  }
}
