import ByteLayout
package import RelayWire
import Verification

extension BlobID {
  /// The id of what is uploaded with a capability. One way: who may read a file cannot write or delete it.
  package init(_ upload: UploadCapability) {
    self.init(ContentHash.labelled(Self.label, upload.bytes.array))
  }
}
