import ByteLayout
package import Primitives

/// Extension 1 of a session plaintext: the sender's current sealing key, sent until acknowledged (C5).
package struct SealingKeyAnnouncement: Hashable, Sendable {
  static let extensionType: UInt16 = 1
  private static let byteCount = 4 + 32

  package let sealID: UInt32
  package let key: X25519PublicKey

  package init(sealID: UInt32, key: X25519PublicKey) {
    self.sealID = sealID
    self.key = key
  }

  /// Reads sealId u32 ‖ key(32).
  ///
  /// - Throws: ``LayoutError``, among it `notAllowed` for a key that is not canonical.
  init(parsing bytes: [UInt8]) throws(LayoutError) {
    guard bytes.count == Self.byteCount else {
      throw .wrongByteCount(expected: Self.byteCount, actual: bytes.count)
    }
    var reader = LayoutReader(bytes)
    sealID = try reader.uint32()
    let encoded = try reader.fixed(FixedBytes<32>.self)
    do throws(PrimitiveError) { key = try X25519PublicKey(validating: encoded) } catch {
      throw .notAllowed(field: "sealing key")
    }
  }

  var extensionValue: Extensions.Value {
    var writer = LayoutWriter(capacity: Self.byteCount)
    writer.uint32(sealID)
    writer.append(key.bytes)
    return Extensions.Value(type: Self.extensionType, bytes: writer.bytes)
  }
}
