package import ByteLayout
package import Primitives

/// Extensions 1 and 2 of a session plaintext: the sender's current sealing key and its secret, sent until acknowledged (C5).
package struct SealingKeyAnnouncement: Hashable, Sendable {
  /// sealId u32 ‖ key(32).
  static let keyType: UInt16 = 1
  /// sealId u32 ‖ secret(32).
  static let secretType: UInt16 = 2
  private static let byteCount = 4 + 32

  package let sealID: UInt32
  package let key: X25519PublicKey
  /// σ of C3, in ordinary memory as the plaintext around it; nil from a device whose key has none.
  package let secret: FixedBytes<32>?

  package init(sealID: UInt32, key: X25519PublicKey, secret: FixedBytes<32>?) {
    self.sealID = sealID
    self.key = key
    self.secret = secret
  }

  /// Reads the announcement; nil when there is none.
  ///
  /// - Throws: ``LayoutError``, among it `notAllowed` for a key that is not canonical, and for a secret of another key.
  init?(parsing extensions: Extensions) throws(LayoutError) {
    let secret = try extensions[Self.secretType].map { bytes throws(LayoutError) in try Self.fields(bytes) }
    guard let bytes = extensions[Self.keyType] else {
      guard secret == nil else { throw .notAllowed(field: "sealing secret") }
      return nil
    }
    let encoded: FixedBytes<32>
    (sealID, encoded) = try Self.fields(bytes)
    guard secret?.sealID ?? sealID == sealID else { throw .notAllowed(field: "sealing secret") }
    self.secret = secret?.value
    do throws(PrimitiveError) { key = try X25519PublicKey(validating: encoded) } catch {
      throw .notAllowed(field: "sealing key")
    }
  }

  private static func fields(_ bytes: [UInt8]) throws(LayoutError) -> (sealID: UInt32, value: FixedBytes<32>) {
    guard bytes.count == byteCount else { throw .wrongByteCount(expected: byteCount, actual: bytes.count) }
    var reader = LayoutReader(bytes)
    return (try reader.uint32(), try reader.fixed())
  }

  var extensionValues: [Extensions.Value] {
    func value(_ type: UInt16, _ bytes: FixedBytes<32>) -> Extensions.Value {
      var writer = LayoutWriter(capacity: Self.byteCount)
      writer.uint32(sealID)
      writer.append(bytes)
      return Extensions.Value(type: type, bytes: writer.bytes)
    }
    return [value(Self.keyType, key.bytes)] + (secret.map { [value(Self.secretType, $0)] } ?? [])
  }
}
