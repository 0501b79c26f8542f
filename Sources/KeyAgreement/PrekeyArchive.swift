import ByteLayout
import Primitives
package import SecretMemory

/// The private halves of a prekey as they are kept: X25519 scalar (32) ‖ ML-KEM seed d ‖ z (64), 96 bytes.
///
/// One value, so that neither half can outlive the other. Public halves are computed again.
private enum PrekeyArchive {
  static let byteCount = 32 + MLKEMParameters.seedByteCount

  static func archive(
    _ keyPair: borrowing X25519KeyPair, _ kem: borrowing KEMPrekey
  ) throws(KeyAgreementError) -> SecretBytes {
    do throws(SecretMemoryError) {
      return try keyPair.withScalar { scalar throws(SecretMemoryError) in
        try kem.keyPair.withSeed { seed throws(SecretMemoryError) in try scalar.appending(seed) }
      }
    } catch { throw .primitive(.secretMemory(error)) }
  }

  static func part(_ range: Range<Int>, of archive: borrowing SecretBytes) throws(KeyAgreementError) -> SecretBytes {
    guard archive.byteCount == byteCount else {
      throw .primitive(.wrongByteCount(expected: byteCount, actual: archive.byteCount))
    }
    do throws(SecretMemoryError) { return try archive.slice(range) } catch { throw .primitive(.secretMemory(error)) }
  }

  static func keyPair(_ archive: borrowing SecretBytes) throws(KeyAgreementError) -> X25519KeyPair {
    let scalar = try part(0..<32, of: archive)
    do throws(PrimitiveError) { return try X25519KeyPair(scalar: scalar) } catch { throw .primitive(error) }
  }

  static func kem(_ archive: borrowing SecretBytes, id: UInt32) throws(KeyAgreementError) -> KEMPrekey {
    let seed = try part(32..<byteCount, of: archive)
    let keyPair: MLKEMKeyPair
    do throws(PrimitiveError) { keyPair = try MLKEMKeyPair(KEMPublicPrekey.parameters, seed: seed) } catch {
      throw .primitive(error)
    }
    return try KEMPrekey(id: id, keyPair: keyPair)
  }
}

extension SignedPrekey {
  /// The private halves, 96 bytes: for a sealed record and nothing else.
  ///
  /// - Throws: ``LayoutError/notAllowed(field:)`` in suite 1, which nothing is kept of.
  package borrowing func archive() throws(KeyAgreementError) -> SecretBytes {
    switch lastResort {
    case .some(let kem): try PrekeyArchive.archive(keyPair, kem)
    case .none: throw .layout(.notAllowed(field: "KEM prekey"))
    }
  }

  /// Puts a prekey of suite 2 together again; its KEM prekey has the bundle's number.
  package init(bundleID: UInt32, archive: borrowing SecretBytes) throws(KeyAgreementError) {
    self.init(
      bundleID: bundleID, keyPair: try PrekeyArchive.keyPair(archive),
      lastResort: try PrekeyArchive.kem(archive, id: bundleID))
  }
}

extension OneTimePrekey {
  /// The private halves, 96 bytes: for a sealed record and nothing else.
  ///
  /// - Throws: ``LayoutError/notAllowed(field:)`` in suite 1, which nothing is kept of.
  package borrowing func archive() throws(KeyAgreementError) -> SecretBytes {
    switch kem {
    case .some(let kem): try PrekeyArchive.archive(keyPair, kem)
    case .none: throw .layout(.notAllowed(field: "KEM prekey"))
    }
  }

  /// Puts a prekey of suite 2 together again; its KEM prekey has the same number.
  package init(id: UInt32, archive: borrowing SecretBytes) throws(KeyAgreementError) {
    try self.init(
      id: id, keyPair: try PrekeyArchive.keyPair(archive), kem: try PrekeyArchive.kem(archive, id: id))
  }
}
