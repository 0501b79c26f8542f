import ByteLayout
import RelayProofs
import RelayWire
import Verification

/// What a blob's file is called: hexadecimal of H("Sotto_BlobFile_v1", id). So a look at the disk, or at a copy of it,
/// gives nobody an id to read with, nor a capability to write or delete with.
struct BlobName: Hashable, Sendable {
  private static let label = "Sotto_BlobFile_v1"
  static let partialSuffix = ".part"

  /// 64 hexadecimal digits.
  let text: String

  init(_ id: BlobID) { text = ContentHash.labelled(Self.label, id.bytes.array).description }

  init(_ upload: UploadCapability) { self.init(BlobID(upload)) }

  /// The folder, of 256, that the file is in.
  var folder: String { String(text.prefix(2)) }
  /// While it grows, and once it is whole; both relative to the store's folder.
  var partialPath: String { "\(folder)/\(text)\(Self.partialSuffix)" }
  var path: String { "\(folder)/\(text)" }
}
