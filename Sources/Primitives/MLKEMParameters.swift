/// The parameter sets of ML-KEM (FIPS 203) that Sotto uses.
package enum MLKEMParameters: Hashable, Sendable, CaseIterable {
  /// Category 3.
  case mlKEM768
  /// Category 5: the handshake of suite 2.
  case mlKEM1024

  /// The encapsulation key: 1 184 or 1 568 bytes.
  package var publicKeyByteCount: Int {
    switch self {
    case .mlKEM768: 1_184
    case .mlKEM1024: 1_568
    }
  }

  /// 1 088 or 1 568 bytes.
  package var ciphertextByteCount: Int {
    switch self {
    case .mlKEM768: 1_088
    case .mlKEM1024: 1_568
    }
  }

  /// d ‖ z, from which the whole key pair follows, in both sets.
  package static let seedByteCount = 64
  /// The shared secret, in both sets.
  package static let sharedSecretByteCount = 32
}
