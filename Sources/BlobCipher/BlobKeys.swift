import ByteLayout
import Primitives
import SecretMemory

/// What follows from a blob's key (C11): streamKey(32) ‖ commit(32) = HKDF(Z(32), blobKey, "Sotto_Blob_v1", 64).
struct BlobKeys: ~Copyable {
  static let label = "Sotto_Blob_v1"

  let streamKey: SecretBytes
  /// Stands in the file: no second key opens it.
  let commitment: FixedBytes<32>

  init(_ blobKey: borrowing SecretBytes) throws(BlobError) {
    do throws(PrimitiveError) {
      guard blobKey.byteCount == BlobCipher.keyByteCount else {
        throw .wrongByteCount(expected: BlobCipher.keyByteCount, actual: blobKey.byteCount)
      }
      let output = try HKDFSHA256.deriveWithZeroSalt(
        inputKeyMaterial: blobKey, info: [UInt8](Self.label.utf8), byteCount: 64)
      do throws(SecretMemoryError) { streamKey = try output.slice(0..<32) } catch { throw .secretMemory(error) }
      commitment = output.withBytes { output in
        FixedBytes<32> { commitment in
          for index in 0..<32 {
            commitment.storeBytes(
              of: output.unsafeLoad(fromByteOffset: 32 + index, as: UInt8.self), toByteOffset: index, as: UInt8.self)
          }
        }
      }
    } catch { throw .primitive(error) }
  }
}
