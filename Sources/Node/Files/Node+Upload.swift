import BlobCipher
import ByteLayout
import Foundation
package import Messaging
import MessageContent
import Primitives
import RelayClient
import RelayWire
import SecretMemory

extension Node {
  /// Attempts of one transfer that bring nothing before it has to wait for another time.
  static let fruitlessAttempts = 6

  /// Bytes of a text, and of what fits into one message: text, name and file together.
  private static let (textLimit, messageLimit) = (49_152, 57_344)

  /// Puts a file into its message if it fits, and beside it if not; no network.
  ///
  /// - Throws: ``NodeFileError``, and what the core throws.
  package func send(
    text: String, anyFileAt path: String, name: String, mime: String, to contact: Int64,
    options: SendOptions = SendOptions()
  ) throws -> MessageView {
    let file = try OpenFile(path, O_RDONLY)
    if try file.byteCount() <= UInt64(Self.messageLimit) {
      let bytes = try file.read(at: 0, count: Self.messageLimit + 1)
      do {
        return try messenger.send(
          text: text, file: AttachedFile(name: name, mime: mime, bytes: bytes), to: contact, options: options)
      } catch MessagingError.tooLarge(let limit, let actual) {
        // With a text that is too long by itself nothing is won, and what opens once travels in its message.
        guard limit > Self.textLimit, !options.isViewOnce else {
          throw MessagingError.tooLarge(limit: limit, actual: actual)
        }
      }
    }
    return try send(text: text, fileAt: path, name: name, mime: mime, to: contact, options: options)
  }

  /// Encrypts a file of any size and puts its message into the outbox; no network.
  ///
  /// - Parameters:
  ///   - path: is read once, and not needed afterwards.
  ///   - name: what the recipient sees.
  /// - Throws: ``NodeFileError``, and what the core throws.
  package func send(
    text: String, fileAt path: String, name: String, mime: String, to contact: Int64,
    options: SendOptions = SendOptions()
  ) throws -> MessageView {
    try files.make()
    files.removeOrphans(keeping: try messenger.filesToUpload())
    let content = try OpenFile(path, O_RDONLY)
    let length = try content.byteCount()
    let key = try randomness.secret(byteCount: BlobCipher.keyByteCount)
    let number: FixedBytes<16> = randomness.fixed()
    let storedAs = number.description + FileFolder.uploadSuffix
    do {
      let file = try OpenFile(files.path(of: storedAs), O_WRONLY | O_CREAT | O_EXCL)
      let identity = try BlobCipher.encrypt(
        key: key, header: randomness.fixed(), contentByteCount: length, read: content.reader(), write: file.writer())
      try file.sync()
      // Into the message, which is sealed with the vault.
      let carried = try CarriedSecret(
        key.withBytes { key in (0..<key.byteCount).map { key.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } })
      return try messenger.send(
        text: text,
        blob: OutgoingBlob(
          name: name, mime: mime, storedAs: storedAs, upload: UploadCapability(randomness.fixed()), blobKey: carried,
          length: length, digest: identity.digest, fileByteCount: identity.fileByteCount), to: contact, options: options
      )
    } catch {
      unlink(files.path(of: storedAs))
      throw (error as? BlobError).map(Self.sendingError) ?? error
    }
  }

  private static func sendingError(_ error: BlobError) -> any Error {
    switch error {
    case .unwritable: NodeFileError.cannotWrite
    case .tooLarge:
      MessagingError.tooLarge(
        limit: Int(BlobLayout.maximumContentByteCount), actual: Int(BlobLayout.maximumContentByteCount) + 1)
    default: NodeFileError.cannotRead
    }
  }

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
            progress: { report(TransferProgress(done: $0, total: work.fileByteCount)) })
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
