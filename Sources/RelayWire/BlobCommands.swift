package import ByteLayout
import FoundationEssentials

/// What writes and deletes one file at a relay, 32 random bytes drawn by its sender. The relay keeps neither it nor the
/// file's id.
package struct UploadCapability: Hashable, Sendable {
  package let bytes: FixedBytes<32>
  package init(_ bytes: FixedBytes<32>) { self.bytes = bytes }
}

/// What reads one file at a relay, 32 bytes (C11): H("Sotto_BlobID_v1", upload capability).
package struct BlobID: Hashable, Sendable {
  package static let label = "Sotto_BlobID_v1"

  package let bytes: FixedBytes<32>
  package init(_ bytes: FixedBytes<32>) { self.bytes = bytes }
}

/// Asks for room for a file that a message to a mailbox will point to.
package struct CreateBlobCommand: Hashable, Sendable {
  package let mailbox: MailboxID
  package let tag: AdmissionTag
  /// Bytes of the whole encrypted file.
  package let fileByteCount: UInt64
  package let retention: Retention
  /// Of the capability that will write it.
  package let blobID: BlobID

  /// - Throws: ``WireError/outOfRange(field:)`` for a size that no padded file has (C11).
  package init(
    mailbox: MailboxID, tag: AdmissionTag, fileByteCount: UInt64, retention: Retention, blobID: BlobID
  ) throws(WireError) {
    guard BlobLayout.isFileByteCount(fileByteCount) else { throw .outOfRange(field: "file_bytes") }
    self.mailbox = mailbox
    self.tag = tag
    self.fileByteCount = fileByteCount
    self.retention = retention
    self.blobID = blobID
  }

  init(_ message: Sotto_Relay_V1_CreateBlob) throws(WireError) {
    guard let retention = Retention(rawValue: message.ttlDays) else { throw .outOfRange(field: "ttl_days") }
    try self.init(
      mailbox: MailboxID(message.mailbox), tag: AdmissionTag(message.tag), fileByteCount: message.fileBytes,
      retention: retention, blobID: BlobID(FixedBytes<32>(message.blobID, field: "blob_id")))
  }

  var message: Sotto_Relay_V1_CreateBlob {
    var message = Sotto_Relay_V1_CreateBlob()
    message.mailbox = mailbox.bytes.data
    message.tag = tag.bytes.data
    message.fileBytes = fileByteCount
    message.ttlDays = retention.rawValue
    message.blobID = blobID.bytes.data
    return message
  }
}

/// Lets one upload begin over HTTP, by the capability behind the id; HTTP names no mailbox and no tag.
package struct BlobGrant: Hashable, Sendable {
  /// How long the grant waits for the upload to begin.
  package let validSeconds: UInt32
  /// How long the relay will keep the file: what was asked for, or less.
  package let retention: Retention

  package init(validSeconds: UInt32, retention: Retention) {
    self.validSeconds = validSeconds
    self.retention = retention
  }

  init(_ message: Sotto_Relay_V1_BlobGrant) throws(WireError) {
    guard let retention = Retention(rawValue: message.retentionDays) else {
      throw .outOfRange(field: "retention_days")
    }
    self.init(validSeconds: message.validSeconds, retention: retention)
  }

  var message: Sotto_Relay_V1_BlobGrant {
    var message = Sotto_Relay_V1_BlobGrant()
    message.validSeconds = validSeconds
    message.retentionDays = retention.rawValue
    return message
  }
}
