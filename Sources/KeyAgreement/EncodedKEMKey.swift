package import ByteLayout
package import Primitives

/// EncodeKEM(key) = type(1) ‖ key: an ML-KEM encapsulation key that says which parameter set it is of (Protocol §5.3).
///
/// 1 185 bytes of type 0x08 (ML-KEM-768) or 1 569 of type 0x0A (ML-KEM-1024). The types are none of ``EncodedKey``.
package struct EncodedKEMKey: Hashable, Sendable {
  package let key: MLKEMPublicKey

  package init(_ key: MLKEMPublicKey) { self.key = key }

  /// Reads all of `bytes`.
  ///
  /// - Throws: ``LayoutError/unknownValue(field:value:)`` for another type, ``LayoutError/notAllowed(field:)`` for a key of
  ///   another size or with a coefficient that is not reduced.
  package init(validating bytes: ArraySlice<UInt8>) throws(LayoutError) {
    guard let type = bytes.first else { throw .truncated(needed: 1, left: 0) }
    guard let parameters = MLKEMParameters.allCases.first(where: { Self.type(of: $0) == type }) else {
      throw .unknownValue(field: "KEM key type", value: Int(type))
    }
    do throws(PrimitiveError) {
      key = try MLKEMPublicKey(validating: [UInt8](bytes.dropFirst()), parameters)
    } catch { throw .notAllowed(field: "KEM key") }
  }

  package var bytes: [UInt8] { [Self.type(of: key.parameters)] + key.bytes }

  /// The size of an encoded key.
  package static func byteCount(of parameters: MLKEMParameters) -> Int { 1 + parameters.publicKeyByteCount }

  private static func type(of parameters: MLKEMParameters) -> UInt8 {
    switch parameters {
    case .mlKEM768: 0x08
    case .mlKEM1024: 0x0a
    }
  }
}
