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

  /// What a walk along the peer's chains leaves behind: the keys of messages that have not come yet, and how far the
  /// post-quantum ratchet has gone beside it (suite 3).
  struct Passed {
    var entries: [SkippedMessageKeys.Entry] = []
    var walk: ReceivingWalk?

    /// The key of the next message on the way, in suite 3 with the post-quantum chain key in it.
    mutating func messageKey(_ key: consuming MessageKey) throws(PrimitiveError) -> MessageKey {
      guard var next = walk else { return key }
      let mixed = try next.mix(key)
      walk = next
      return mixed
    }
  }

  /// How many messages lie between the next one in order and `target`; 0 when it is not ahead.
  func distance(to target: UInt32) -> UInt32 {
    target > number ? target - number : 0
  }

  /// The key of message `target`, which is not before this chain's number; the keys passed over go to `passed`.
  borrowing func step(
    to target: UInt32, _ arrival: Arrival, passed: inout Passed
  ) throws(PrimitiveError) -> Step {
    let last: Step
    if target > number {
      last = try skip(to: target, arrival, passed: &passed).step()
    } else {
      last = try step()
    }
    return Step(messageKey: try passed.messageKey(last.messageKey), next: last.next)
  }

  /// The chain whose next message is `target`; the keys passed over go to `passed`.
  borrowing func skip(
    to target: UInt32, _ arrival: Arrival, passed: inout Passed
  ) throws(PrimitiveError) -> ReceivingChainKey {
    var chain = try duplicate()
    while chain.number < target {
      let identifier = SkippedMessageKeys.Identifier(ratchetKey: arrival.ratchetKey, number: chain.number)
      let step = try chain.step()
      let key = try passed.messageKey(step.messageKey)
      passed.entries.append(.init(identifier: identifier, key: key.skipped(at: arrival.unixSeconds)))
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
