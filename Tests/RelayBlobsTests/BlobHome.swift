import Ambient
import ByteLayout
import ProcessSupport
import RelayBlobs
import RelayCore
import RelayProofs
import RelayWire
import TestSupport

/// A blob store in a folder of its own, under a clock that stands still.
struct BlobHome {
  /// The smallest blob's size.
  static let smallest: UInt64 = 16_458
  /// The size for 200 000 bytes of content.
  static let several = (try? BlobLayout.fileByteCount(contentByteCount: 200_000)) ?? 0

  let folder: TemporaryFolder
  let clock = ManualClock()
  let expiryClock = ManualClock()

  init() throws { folder = try TemporaryFolder() }

  var path: String { folder.path(of: "blobs") }

  func open(_ quota: BlobQuota = BlobQuota()) throws -> BlobStore {
    try BlobStore(path: path, quota: quota, clock: clock, expiryClock: expiryClock)
  }

  func advance(by duration: Duration) {
    clock.advance(by: duration)
    expiryClock.advance(by: duration)
  }

  /// A fresh capability.
  static func upload() -> UploadCapability {
    var bytes = FixedBytes<32>()
    for (index, byte) in SystemPublicRandomness().bytes(32).enumerated() { bytes[index] = byte }
    return UploadCapability(bytes)
  }

  static func entry(_ number: UInt8 = 1) throws -> AdmissionHash {
    AdmissionHash(try FixedBytes([UInt8](repeating: number, count: 16)))
  }

  static func command(
    _ fileByteCount: UInt64 = smallest, mailbox: UInt8 = 1, retention: Retention = .week,
    upload: UploadCapability = UploadCapability(FixedBytes())
  ) throws -> CreateBlobCommand {
    try CreateBlobCommand(
      mailbox: MailboxID(FixedBytes([UInt8](repeating: mailbox, count: 32))), tag: AdmissionTag(FixedBytes()),
      fileByteCount: fileByteCount, retention: retention, blobID: BlobID(upload))
  }

  /// Bytes that differ from place to place.
  static func bytes(_ count: UInt64) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 9) } }
}

extension BlobStore {
  /// A granted upload that has begun.
  func begin(_ fileByteCount: UInt64 = BlobHome.smallest, retention: Retention = .week) throws -> UploadCapability {
    let upload = BlobHome.upload()
    _ = try grant(
      try BlobHome.command(fileByteCount, retention: retention, upload: upload), entry: try BlobHome.entry())
    _ = try create(upload, fileByteCount: fileByteCount)
    return upload
  }

  /// Appends `bytes` in one request.
  func send(_ bytes: [UInt8], to upload: UploadCapability, at offset: UInt64) throws -> UploadState {
    let writer = try write(to: upload, at: offset)
    try bytes.withUnsafeBytes { try writer.append($0) }
    return try finish(writer)
  }

  /// A finished blob.
  func fill(
    _ fileByteCount: UInt64 = BlobHome.smallest, retention: Retention = .week
  ) throws -> (upload: UploadCapability, id: BlobID) {
    let upload = try begin(fileByteCount, retention: retention)
    _ = try send(BlobHome.bytes(fileByteCount), to: upload, at: 0)
    return (upload, BlobID(upload))
  }

  func contents(_ id: BlobID) throws -> [UInt8] {
    let blob = try read(id)
    var bytes = [UInt8](repeating: 0, count: Int(blob.byteCount) + 1)
    let count = try bytes.withUnsafeMutableBytes { try blob.read(at: 0, into: $0) }
    return Array(bytes.prefix(count))
  }
}
