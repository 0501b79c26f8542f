import Ambient
package import ByteLayout
import KeyAgreement
package import MessageContent
import Primitives
import RelayProofs
package import RelayWire
import SecretMemory
import Vault

/// A file that was encrypted, and is to be sent: everything about it but the relay, which the core chooses.
package struct OutgoingBlob: Sendable {
  package let name: String
  package let mime: String
  /// The encrypted file, relative to the shell's folder for such files; no part of a path.
  package let storedAs: String
  package let upload: UploadCapability
  package let blobKey: CarriedSecret
  /// Bytes of the content.
  package let length: UInt64
  /// BLAKE2b-256 of the encrypted file, and its bytes.
  package let digest: FixedBytes<32>
  package let fileByteCount: UInt64

  package init(
    name: String, mime: String, storedAs: String, upload: UploadCapability, blobKey: CarriedSecret, length: UInt64,
    digest: FixedBytes<32>, fileByteCount: UInt64
  ) {
    self.name = name
    self.mime = mime
    self.storedAs = storedAs
    self.upload = upload
    self.blobKey = blobKey
    self.length = length
    self.digest = digest
    self.fileByteCount = fileByteCount
  }
}

/// Bringing an encrypted file to the recipient's relay.
package struct UploadWork: Hashable, Sendable {
  package let outboxID: Int64
  /// The message that the file belongs to.
  package let message: Int64
  package let host: String
  package let relayKey: RelayKey
  package let storedAs: String
  package let upload: UploadCapability
  package let fileByteCount: UInt64
  /// What asks the relay for room.
  package let command: CreateBlobCommand
}

extension Messenger {
  /// Puts a message with a large file into its conversation, and its upload into the outbox, in one transaction.
  ///
  /// The message itself follows when the file is at the relay. Messages that are written meanwhile do not wait for it.
  /// - Throws: ``MessagingError/notReachedYet`` before the contact's relay is known,
  ///   ``MessagingError/tooLarge(limit:actual:)``, which is also said of a large file that is to be opened once.
  package func send(
    text: String, blob: OutgoingBlob, to contact: Int64, options: SendOptions = SendOptions()
  ) throws -> MessageView {
    guard !options.isViewOnce else {
      throw MessagingError.tooLarge(limit: ContentLimits.contentByteCount, actual: Int(clamping: blob.length))
    }
    return try vault.write { transaction in
      guard let route = try relayRoute(contact, transaction) else { throw MessagingError.notReachedYet }
      let body: Body
      do {
        body = .attachment(
          Attachment(
            caption: text.isEmpty ? nil : try CleanText(cleaning: text), name: blob.name, mimeType: blob.mime,
            pointer: try BlobPointer(
              relay: route.host, blobID: BlobID(blob.upload).bytes, blobKey: blob.blobKey, length: blob.length,
              digest: blob.digest, fileByteCount: blob.fileByteCount)))
      } catch ContentError.tooLong(_, let limit, let actual) {
        throw MessagingError.tooLarge(limit: limit, actual: actual)
      }
      let row = try insertOutgoing(body, to: contact, options: options, transaction)
      let job = OutboxBody.Upload(storedAs: blob.storedAs, capability: blob.upload, fileByteCount: blob.fileByteCount)
      _ = try transaction.insertOutbox(
        OutboxRecord(
          contactID: contact, messageID: row, kind: OutboxKind.upload.rawValue, state: OutboxState.waiting.rawValue,
          notBeforeMilliseconds: now.milliseconds, giveUpAt: nowSeconds + Backoff.patienceSeconds,
          body: try OutboxBody.upload(job).bytes, standsInLine: false))
      return try view(row, transaction)
    }
  }

  /// The file is at the relay: its message goes out now.
  package func uploaded(_ work: UploadWork) throws {
    try vault.write { transaction in
      guard let row = try transaction.outbox(id: work.outboxID), let message = row.messageID else {
        // Its message has ended meanwhile.
        return try noteStoredFile(
          work.upload, host: work.host, message: nil, notBefore: now.milliseconds, transaction)
      }
      try noteStoredFile(work.upload, host: work.host, message: message, transaction)
      try transaction.deleteOutbox(id: row.id)
      try enqueue(.message, contact: row.contactID, message: message, content: [], notBefore: now, transaction)
    }
  }

  /// The encrypted files that the outbox still needs.
  package func filesToUpload() throws -> Set<String> {
    try vault.read { transaction in
      var names: Set<String> = []
      var last: Int64 = 0
      while true {
        let rows = try transaction.outbox(after: last, limit: 64)
        for row in rows where row.kind == OutboxKind.upload.rawValue {
          if case .upload(let job) = try OutboxBody(row.body) { names.insert(job.storedAs) }
        }
        guard let end = rows.last else { return names }
        last = end.id
      }
    }
  }

  /// What an upload row asks the shell for; nil while it cannot be done.
  func uploadWork(for row: OutboxRecord, _ transaction: VaultTransaction) throws -> UploadWork? {
    guard case .upload(let job) = try OutboxBody(row.body) else { throw MessagingError.damagedRecord(table: "outbox") }
    guard let message = row.messageID, let encoded = try transaction.messageContent(id: message),
      case .known(let content) = try ContentCodec.decode(encoded),
      case .body(let body) = content.kind, case .attachment(let attachment) = body.said
    else {
      // The message was erased: so is what it was to send.
      try transaction.deleteOutbox(id: row.id)
      return nil
    }
    guard let route = try relayRoute(row.contactID, transaction), route.host == attachment.pointer.relay else {
      // The contact moved to another relay: the pointer leads nowhere.
      try fail(row, .noDevice, transaction)
      return nil
    }
    guard let tag = try tag(contact: row.contactID, mailbox: route.mailbox, transaction) else { return nil }
    return UploadWork(
      outboxID: row.id, message: message, host: route.host, relayKey: RelayKey(route.relayKey), storedAs: job.storedAs,
      upload: job.capability, fileByteCount: job.fileByteCount,
      command: try CreateBlobCommand(
        mailbox: MailboxID(route.mailbox), tag: tag, fileByteCount: job.fileByteCount, retention: .month,
        blobID: BlobID(job.capability)))
  }

  private func relayRoute(_ contact: Int64, _ transaction: VaultTransaction) throws -> RelayRoute? {
    let (_, body) = try contactAndBody(contact, transaction)
    return try pinnedLists(body)?.current.entries.first?.routes.first
  }
}
