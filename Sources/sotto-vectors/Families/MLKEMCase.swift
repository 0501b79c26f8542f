import Primitives
import VectorSupport

/// ML-KEM (FIPS 203): a key pair from its seed, an encapsulation with a given message, and what a ciphertext decapsulates to.
struct MLKEMCase: VectorCase {
  static let family = "ml-kem"

  enum Parameters: String, Codable {
    case mlKEM768 = "ML-KEM-768"
    case mlKEM1024 = "ML-KEM-1024"
  }

  var comment: String
  var expect: Expectation
  let parameters: Parameters
  /// d ‖ z; absent where only a public key is judged.
  let seed: HexBytes?
  let public_key: HexBytes
  /// m, from which the ciphertext follows; absent where the ciphertext was changed.
  let message: HexBytes?
  let ciphertext: HexBytes?
  /// What the ciphertext decapsulates to; of a changed one by implicit rejection.
  let shared_secret: HexBytes?

  func perform() throws {
    let parameters: MLKEMParameters = self.parameters == .mlKEM768 ? .mlKEM768 : .mlKEM1024
    let key = try MLKEMPublicKey(validating: public_key.bytes, parameters)
    if let message, let ciphertext {
      let made = try KnownEncapsulation.encapsulate(to: key, message: message.bytes)
      try Difference.check(HexBytes(made.ciphertext.bytes), ciphertext, at: "ciphertext")
      try Difference.check(
        HexBytes(revealing: made.sharedSecret), shared_secret?.description ?? "(missing)",
        at: "shared_secret, by encapsulation")
    }
    guard let seed else { return }
    let pair = try MLKEMKeyPair(parameters, seed: try seed.secret())
    try Difference.check(HexBytes(pair.publicKey.bytes), public_key, at: "public_key")
    guard let ciphertext else { return }
    let secret = try pair.decapsulate(MLKEMCiphertext(validating: ciphertext.bytes, parameters))
    try Difference.check(HexBytes(revealing: secret), shared_secret?.description ?? "(missing)", at: "shared_secret")
  }
}
