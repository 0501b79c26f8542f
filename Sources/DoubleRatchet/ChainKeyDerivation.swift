import Primitives
import SecretMemory

/// KDF_CK, the same for both directions (Protocol §6.3).
///
/// ```
/// MK = HMAC-SHA-256(ck, 0x01)        CK′ = HMAC-SHA-256(ck, 0x02)
/// ```
enum ChainKeyDerivation {
  private static let messageKeyInput: UInt8 = 0x01
  private static let chainKeyInput: UInt8 = 0x02

  /// One step of a chain.
  struct Step: ~Copyable {
    let messageKey: MessageKey
    let nextChainKey: SecretBytes
  }

  static func step(_ chainKey: borrowing SecretBytes) throws(PrimitiveError) -> Step {
    try HMACSHA256.withPreparedKey(chainKey) { key throws(PrimitiveError) in
      Step(
        messageKey: MessageKey(try key.secret(messageKeyInput)), nextChainKey: try key.secret(chainKeyInput))
    }
  }
}
