import Primitives

extension RatchetState {
  /// Encrypts the next message of the sending chain; its key is gone afterwards.
  ///
  /// The state with the advanced chain must be durable before the message leaves: nonces are derived, so that a state
  /// that is used twice encrypts two messages under one key and nonce.
  ///
  /// - Returns: the header and `plaintext.count + 16` bytes of ciphertext.
  /// - Throws: ``RatchetError/cannotSendYet``, ``RatchetError/chainExhausted``.
  package mutating func encrypt(_ plaintext: [UInt8]) throws(RatchetError) -> RatchetMessage {
    let step = try nextSendingStep()
    let header = RatchetHeader(
      ratchetKey: keyPair.publicKey, previousCount: previousSendingCount, number: step.next.number - 1)
    let ciphertext: [UInt8]
    do throws(PrimitiveError) {
      ciphertext = try step.messageKey.seal(plaintext, additionalData: associatedData.additionalData(for: header))
    } catch {
      throw RatchetError(error)
    }
    sendingChain = .some(step.next)
    return RatchetMessage(header: header, ciphertext: ciphertext)
  }

  private borrowing func nextSendingStep() throws(RatchetError) -> SendingChainKey.Step {
    switch sendingChain {
    case .some(let chain): return try chain.step()
    case .none: throw .cannotSendYet
    }
  }
}
