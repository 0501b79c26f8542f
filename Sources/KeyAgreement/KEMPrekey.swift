import ByteLayout
package import Primitives

/// An ML-KEM-1024 prekey of this device: the last resort of a bundle, or that of one session (C2).
///
/// Lives and dies with the X25519 prekey beside it.
package struct KEMPrekey: ~Copyable, Sendable {
  /// 1 or more.
  package let id: UInt32
  package let keyPair: MLKEMKeyPair

  /// - Throws: ``LayoutError/notAllowed(field:)`` for id 0 and for a pair of another parameter set.
  package init(id: UInt32, keyPair: consuming MLKEMKeyPair) throws(KeyAgreementError) {
    guard id >= 1 else { throw .layout(.notAllowed(field: "KEM prekey id")) }
    guard keyPair.publicKey.parameters == KEMPublicPrekey.parameters else {
      throw .layout(.notAllowed(field: "KEM key"))
    }
    self.id = id
    self.keyPair = keyPair
  }

  /// Makes a new one from 64 random bytes.
  package init(id: UInt32, from randomness: some Randomness) throws(KeyAgreementError) {
    let keyPair: MLKEMKeyPair
    do throws(PrimitiveError) { keyPair = try MLKEMKeyPair(KEMPublicPrekey.parameters, from: randomness) } catch {
      throw .primitive(error)
    }
    try self.init(id: id, keyPair: keyPair)
  }

  /// What is published of it.
  package var published: KEMPublicPrekey { KEMPublicPrekey(id: id, publicKey: keyPair.publicKey) }
}

/// The public half of a KEM prekey, as bundles and one-time records carry it: kemId u32 ‖ EncodeKEM(1 569), 1 573 bytes.
package struct KEMPublicPrekey: Hashable, Sendable {
  /// 1 or more.
  package let id: UInt32
  package let publicKey: MLKEMPublicKey

  static let parameters = MLKEMParameters.mlKEM1024
  static let byteCount = 4 + EncodedKEMKey.byteCount(of: parameters)

  init(id: UInt32, publicKey: MLKEMPublicKey) {
    self.id = id
    self.publicKey = publicKey
  }

  init(reading reader: inout LayoutReader) throws(LayoutError) {
    id = try reader.uint32()
    guard id >= 1 else { throw .notAllowed(field: "KEM prekey id") }
    publicKey = try EncodedKEMKey(
      validating: try reader.bytes(EncodedKEMKey.byteCount(of: Self.parameters))
    ).key
    guard publicKey.parameters == Self.parameters else { throw .notAllowed(field: "KEM key") }
  }

  func write(to writer: inout LayoutWriter) {
    writer.uint32(id)
    writer.append(EncodedKEMKey(publicKey).bytes)
  }
}
