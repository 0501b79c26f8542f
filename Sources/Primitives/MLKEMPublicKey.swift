import Crypto

/// An ML-KEM encapsulation key that passed the checks of FIPS 203 §7.2: its size, and every coefficient below 3 329.
package struct MLKEMPublicKey: Hashable, Sendable {
  package let parameters: MLKEMParameters
  /// ``MLKEMParameters/publicKeyByteCount`` bytes.
  package let bytes: [UInt8]

  /// Takes a peer's key.
  ///
  /// - Throws: ``PrimitiveError/wrongByteCount(expected:actual:)``, ``PrimitiveError/nonCanonicalKey`` when a coefficient
  ///   is not reduced.
  package init(validating bytes: [UInt8], _ parameters: MLKEMParameters) throws(PrimitiveError) {
    guard bytes.count == parameters.publicKeyByteCount else {
      throw .wrongByteCount(expected: parameters.publicKeyByteCount, actual: bytes.count)
    }
    do {
      switch parameters {
      case .mlKEM768: _ = try MLKEM768.PublicKey(rawRepresentation: bytes)
      case .mlKEM1024: _ = try MLKEM1024.PublicKey(rawRepresentation: bytes)
      }
    } catch { throw .nonCanonicalKey }
    self.init(computed: bytes, parameters)
  }

  /// Takes a key that was computed here.
  init(computed bytes: [UInt8], _ parameters: MLKEMParameters) {
    self.bytes = bytes
    self.parameters = parameters
  }

  /// A fresh secret for the holder of the private key, with randomness of the library's own generator.
  ///
  /// The library does not take randomness from outside; that is why ``Randomness`` makes encapsulations.
  func encapsulateByLibrary() throws(PrimitiveError) -> MLKEMEncapsulation {
    let result: KEM.EncapsulationResult
    do {
      switch parameters {
      case .mlKEM768: result = try MLKEM768.PublicKey(rawRepresentation: bytes).encapsulate()
      case .mlKEM1024: result = try MLKEM1024.PublicKey(rawRepresentation: bytes).encapsulate()
      }
    } catch { throw .libraryUnusable }
    return MLKEMEncapsulation(
      ciphertext: try MLKEMCiphertext(validating: [UInt8](result.encapsulated), parameters),
      sharedSecret: try result.sharedSecret.movedIntoSecretMemory())
  }
}
