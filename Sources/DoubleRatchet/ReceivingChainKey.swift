import Primitives
import SecretMemory

/// CKr, 32 bytes, and the number of the message that it decrypts next.
///
/// Nothing here changes a chain: every step makes a candidate, and the state takes it after a tag has verified.
struct ReceivingChainKey: ~Copyable, Sendable {
  let bytes: SecretBytes
  /// N of the next message in order.
  let number: UInt32

  init(_ bytes: consuming SecretBytes, number: UInt32) {
    self.bytes = bytes
    self.number = number
  }

  /// The key of one message, and the chain after it.
  struct Step: ~Copyable {
    let messageKey: MessageKey
    let next: ReceivingChainKey
  }

  /// What a message says about its place: the key that its chain belongs to, and when it came.
  struct Arrival {
    let ratchetKey: X25519PublicKey
    let unixSeconds: Int64
  }

  /// How many messages lie between the next one in order and `target`; 0 when it is not ahead.
  func distance(to target: UInt32) -> UInt32 {
    target > number ? target - number : 0
  }

  /// The key of message `target`, which is not before this chain's number; the keys passed over go to `passed`.
  borrowing func step(
    to target: UInt32, _ arrival: Arrival, passed: inout [SkippedMessageKeys.Entry]
  ) throws(PrimitiveError) -> Step {
    guard target > number else { return try step() }
    return try skip(to: target, arrival, passed: &passed).step()
  }

  /// The chain whose next message is `target`; the keys passed over go to `passed`.
  borrowing func skip(
    to target: UInt32, _ arrival: Arrival, passed: inout [SkippedMessageKeys.Entry]
  ) throws(PrimitiveError) -> ReceivingChainKey {
    var chain = try duplicate()
    while chain.number < target {
      let identifier = SkippedMessageKeys.Identifier(ratchetKey: arrival.ratchetKey, number: chain.number)
      let step = try chain.step()
      passed.append(.init(identifier: identifier, key: step.messageKey.skipped(at: arrival.unixSeconds)))
      chain = step.next
    }
    return chain
  }

  /// Only called for numbers below 2³² − 1, the largest that a header can carry.
  private borrowing func step() throws(PrimitiveError) -> Step {
    let step = try ChainKeyDerivation.step(bytes)
    return Step(messageKey: step.messageKey, next: ReceivingChainKey(step.nextChainKey, number: number + 1))
  }

  private borrowing func duplicate() throws(PrimitiveError) -> ReceivingChainKey {
    do throws(SecretMemoryError) {
      return ReceivingChainKey(try bytes.duplicate(), number: number)
    } catch {
      throw .secretMemory(error)
    }
  }
}
