import Primitives

extension RatchetState {
  /// What a message has more than its plaintext, when it carries no units: the header and the tag, and in suite 3 the two
  /// bytes that say so.
  package var overheadByteCount: Int {
    (sparse == nil ? RatchetHeader.byteCount : RatchetHeader.postQuantumByteCount + Fragment.prefixByteCount) + 16
  }

  /// Encrypts the next message of the sending chain; its key is gone afterwards.
  ///
  /// The state with the advanced chain must be durable before the message leaves: nonces are derived, so that a state
  /// that is used twice encrypts two messages under one key and nonce.
  ///
  /// - Parameter reserve: suite 3: by how many bytes the message may be longer, to carry units of the post-quantum ratchet
  ///   in the place of padding.
  /// - Returns: the message, ``overheadByteCount`` bytes longer than `plaintext`, and at most `reserve` more.
  /// - Throws: ``RatchetError/cannotSendYet``, ``RatchetError/chainExhausted``.
  package mutating func encrypt(_ plaintext: [UInt8], reserve: Int = 0) throws(RatchetError) -> RatchetMessage {
    let step = try nextSendingStep()
    let message: RatchetMessage
    if var sparse {
      let outgoing = try sparse.send(mixing: step.messageKey, reserve: reserve)
      let header = header(number: step.next.number - 1, place: outgoing.place)
      message = try seal(outgoing.fragment.prefixed(to: plaintext), header, with: outgoing.messageKey)
      self.sparse = sparse
    } else {
      message = try seal(plaintext, header(number: step.next.number - 1, place: nil), with: step.messageKey)
    }
    sendingChain = .some(step.next)
    return message
  }

  private borrowing func header(number: UInt32, place: EpochPlace?) -> RatchetHeader {
    RatchetHeader(
      ratchetKey: keyPair.publicKey, previousCount: previousSendingCount, number: number, place: place)
  }

  private borrowing func seal(
    _ bytes: [UInt8], _ header: RatchetHeader, with key: consuming MessageKey
  ) throws(RatchetError) -> RatchetMessage {
    do throws(PrimitiveError) {
      return RatchetMessage(
        header: header,
        ciphertext: try key.seal(bytes, additionalData: associatedData.additionalData(for: header)))
    } catch {
      throw RatchetError(error)
    }
  }

  private borrowing func nextSendingStep() throws(RatchetError) -> SendingChainKey.Step {
    switch sendingChain {
    case .some(let chain): return try chain.step()
    case .none: throw .cannotSendYet
    }
  }
}
