import Primitives
import SecretMemory

/// The chain of one direction in one epoch: its key, 32 bytes, and the number of the message that it is for (Protocol §6a.4).
///
/// ```
/// mixed = HMAC-SHA-256(ck, MK)          the extraction of HKDF with salt ck; MK is the Double Ratchet's, 32 bytes
/// ck′   = HMAC-SHA-256(ck, 0x02)
/// ```
/// Two inputs of different length under one key: neither output tells anything of the other, and ck′ nothing of ck.
struct EpochChain: Sendable {
  let key: EpochSecret
  /// How many messages of this direction the epoch had before.
  let number: UInt32

  private static let chainKeyInput: UInt8 = 0x02

  init(_ key: consuming SecretBytes, number: UInt32 = 0) {
    self.key = EpochSecret(key)
    self.number = number
  }

  /// A message key with the chain mixed in, and the chain after it.
  struct Step: ~Copyable {
    let messageKey: MessageKey
    let next: EpochChain
  }

  /// Only called for numbers below 2³² − 1.
  func step(mixing messageKey: borrowing MessageKey) throws(PrimitiveError) -> Step {
    try HMACSHA256.withPreparedKey(key.bytes) { key throws(PrimitiveError) in
      Step(
        messageKey: try messageKey.mixed(with: key),
        next: EpochChain(try key.secret(Self.chainKeyInput), number: number + 1))
    }
  }
}
