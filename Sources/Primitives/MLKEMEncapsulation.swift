import Crypto
package import SecretMemory

/// What goes to the holder of an ML-KEM private key. Of the right size, and otherwise unchecked: there is nothing to check.
package struct MLKEMCiphertext: Hashable, Sendable {
  package let parameters: MLKEMParameters
  /// ``MLKEMParameters/ciphertextByteCount`` bytes.
  package let bytes: [UInt8]

  /// - Throws: ``PrimitiveError/wrongByteCount(expected:actual:)``.
  package init(validating bytes: [UInt8], _ parameters: MLKEMParameters) throws(PrimitiveError) {
    guard bytes.count == parameters.ciphertextByteCount else {
      throw .wrongByteCount(expected: parameters.ciphertextByteCount, actual: bytes.count)
    }
    self.bytes = bytes
    self.parameters = parameters
  }
}

/// A fresh shared secret and the ciphertext that carries it.
package struct MLKEMEncapsulation: ~Copyable, Sendable {
  package let ciphertext: MLKEMCiphertext
  /// 32 bytes.
  package let sharedSecret: SecretBytes

  package init(ciphertext: MLKEMCiphertext, sharedSecret: consuming SecretBytes) {
    self.ciphertext = ciphertext
    self.sharedSecret = sharedSecret
  }

  /// The secret alone, for whoever has kept the ciphertext.
  package consuming func takeSharedSecret() -> SecretBytes { sharedSecret }
}

extension SymmetricKey {
  /// A copy in locked memory. The library wipes its own key when the last reference to it goes.
  func movedIntoSecretMemory() throws(PrimitiveError) -> SecretBytes {
    let byteCount = bitCount / 8
    return try SecretBytes(byteCount: byteCount, wrapping: PrimitiveError.secretMemory) {
      output throws(PrimitiveError) in
      unsafe withUnsafeBytes { source in
        for index in 0..<byteCount { unsafe output.storeBytes(of: source[index], toByteOffset: index, as: UInt8.self) }
      }
    }
  }
}
