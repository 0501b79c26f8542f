import Primitives
import SecretMemory

/// CKs, 32 bytes, and the number of the message that it encrypts next.
struct SendingChainKey: ~Copyable, Sendable {
  let bytes: SecretBytes
  /// N of the next message, which is also how many the chain has sent.
  let number: UInt32

  init(_ bytes: consuming SecretBytes, number: UInt32) {
    self.bytes = bytes
    self.number = number
  }

  /// The key of the message with this chain's number, and the chain after it.
  struct Step: ~Copyable {
    let messageKey: MessageKey
    let next: SendingChainKey
  }

  /// - Throws: ``RatchetError/chainExhausted`` when the next chain could not be counted.
  borrowing func step() throws(RatchetError) -> Step {
    let (nextNumber, overflowed) = number.addingReportingOverflow(1)
    guard !overflowed else { throw .chainExhausted }
    do throws(PrimitiveError) {
      let step = try ChainKeyDerivation.step(bytes)
      return Step(messageKey: step.messageKey, next: SendingChainKey(step.nextChainKey, number: nextNumber))
    } catch {
      throw RatchetError(error)
    }
  }
}
