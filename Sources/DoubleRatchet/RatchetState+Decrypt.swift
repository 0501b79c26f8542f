package import Primitives

// What opens a message borrows the state, so that it cannot change it; what commits cannot fail.

extension RatchetState {
  /// Decrypts a message, in whatever order it comes.
  ///
  /// Everything is computed on candidates; the state takes them after the tag has verified, and a refused message
  /// changes nothing. Limits are checked before anything is computed. No randomness is drawn for a refused message.
  ///
  /// - Parameters:
  ///   - unixSeconds: now, in Unix seconds, by a clock that the caller keeps from going back. Skipped keys are stored
  ///     with it and given up by it.
  ///   - randomness: for the own next ratchet key, when the message carries a new key of the peer.
  /// - Throws: ``RatchetError/tooManySkipped(requested:limit:)``, ``RatchetError/duplicate``,
  ///   ``RatchetError/authenticationFailed``, ``RatchetError/primitive(_:)``; in suite 3 also ``RatchetError/wrongEpoch``,
  ///   ``RatchetError/malformedFragment``, ``RatchetError/chainExhausted``.
  package mutating func decrypt(
    _ message: RatchetMessage, at unixSeconds: Int64, randomness: some Randomness
  ) throws(RatchetError) -> DecryptedMessage {
    let header = message.header
    let arrival = ReceivingChainKey.Arrival(ratchetKey: header.ratchetKey, unixSeconds: unixSeconds)
    let identifier = SkippedMessageKeys.Identifier(ratchetKey: header.ratchetKey, number: header.number)
    let decrypted: DecryptedMessage
    if let key = skipped.key(for: identifier, at: unixSeconds) {
      decrypted = DecryptedMessage(plaintext: try open(message, with: key), retiredRemoteKey: nil)
      skipped.remove(identifier)
    } else if header.ratchetKey == remoteKey {
      let opened = try openOnCurrentChain(message, arrival, randomness: randomness)
      decrypted = DecryptedMessage(plaintext: opened.plaintext, retiredRemoteKey: nil)
      receivingChain = .some(opened.chain)
      sparse = opened.sparse
      skipped.append(opened.passed)
    } else {
      try checkLimits(ofNewChain: header)
      let step = try openOnNewChain(message, arrival, randomness: randomness)
      decrypted = DecryptedMessage(plaintext: step.opened.plaintext, retiredRemoteKey: remoteKey)
      previousSendingCount = sendingNumber ?? 0
      rootKey = step.sending.rootKey
      sendingChain = .some(step.sending.chain)
      keyPair = step.keyPair
      remoteKey = header.ratchetKey
      receivingChain = .some(step.opened.chain)
      sparse = step.opened.sparse
      skipped.append(step.opened.passed)
    }
    skipped.discardExpired(at: unixSeconds)
    return decrypted
  }
}

// MARK: - Opening, on candidates

extension RatchetState {
  /// An authenticated message, and what the ratchets become by it.
  private struct Opened: ~Copyable {
    let plaintext: [UInt8]
    let chain: ReceivingChainKey
    let sparse: SparseRatchet?
    /// The keys of messages that have not come yet.
    let passed: [SkippedMessageKeys.Entry]
  }

  /// An authenticated message under a new key, and what the whole state becomes by it.
  private struct DiffieHellmanStep: ~Copyable {
    let opened: Opened
    let keyPair: RatchetKeyPair
    let sending: RootKey.SendingStep
  }

  /// A late message whose key was kept: its key goes only when this has returned. Units that it carries are not taken: one key
  /// that was kept, and has leaked, must not be enough to put others in their place.
  private borrowing func open(
    _ message: RatchetMessage, with key: SkippedMessageKey
  ) throws(RatchetError) -> [UInt8] {
    let decrypted: [UInt8]
    do throws(PrimitiveError) {
      decrypted = try key.messageKey(isMixed: sparse != nil).open(
        message.ciphertext, additionalData: associatedData.additionalData(for: message.header))
    } catch {
      throw RatchetError(error)
    }
    return sparse == nil ? decrypted : try Fragment.split(decrypted).plaintext
  }

  /// A message under the peer's newest key: the next one, or one further ahead.
  private borrowing func openOnCurrentChain(
    _ message: RatchetMessage, _ arrival: ReceivingChainKey.Arrival, randomness: some Randomness
  ) throws(RatchetError) -> Opened {
    switch receivingChain {
    case .some(let chain):
      guard message.header.number >= chain.number else { throw .duplicate }
      let distance = chain.distance(to: message.header.number)
      try Self.checkJump(distance)
      let walk = try walk(for: message.header, distance: distance)
      return try open(message, on: chain, arrival, passed: .init(walk: walk), randomness: randomness)
    case .none:
      // The newest key is still the peer's signed prekey, under which nothing is ever sent.
      throw .authenticationFailed
    }
  }

  /// A message under a new key of the peer: the rest of the old chain is kept, and both chains are made anew.
  private borrowing func openOnNewChain(
    _ message: RatchetMessage, _ arrival: ReceivingChainKey.Arrival, randomness: some Randomness
  ) throws(RatchetError) -> DiffieHellmanStep {
    let header = message.header
    let distance = distanceToEnd(ofCurrentChain: header.previousCount) + header.number
    var passed = ReceivingChainKey.Passed(walk: try walk(for: header, distance: distance))
    let receiving: RootKey.ReceivingStep
    do throws(PrimitiveError) {
      try passRestOfCurrentChain(header.previousCount, at: arrival.unixSeconds, &passed)
      receiving = try rootKey.receivingStep(keyPair: keyPair, remoteKey: arrival.ratchetKey)
    } catch {
      throw RatchetError(error)
    }
    let opened = try open(message, on: receiving.chain, arrival, passed: passed, randomness: randomness)
    do throws(PrimitiveError) {
      // The message is authentic: only now the own next key is drawn, and the chain that sends under it made.
      let nextKeyPair = try RatchetKeyPair(from: randomness)
      let sending = try receiving.rootKey.sendingStep(keyPair: nextKeyPair, remoteKey: arrival.ratchetKey)
      return DiffieHellmanStep(opened: opened, keyPair: nextKeyPair, sending: sending)
    } catch {
      throw RatchetError(error)
    }
  }

  private borrowing func open(
    _ message: RatchetMessage, on chain: borrowing ReceivingChainKey, _ arrival: ReceivingChainKey.Arrival,
    passed: ReceivingChainKey.Passed, randomness: some Randomness
  ) throws(RatchetError) -> Opened {
    var passed = passed
    let next: ReceivingChainKey
    let decrypted: [UInt8]
    do throws(PrimitiveError) {
      let step = try chain.step(to: message.header.number, arrival, passed: &passed)
      decrypted = try step.messageKey.open(
        message.ciphertext, additionalData: associatedData.additionalData(for: message.header))
      next = step.next
    } catch {
      throw RatchetError(error)
    }
    guard let sparse, let walk = passed.walk else {
      return Opened(plaintext: decrypted, chain: next, sparse: nil, passed: passed.entries)
    }
    let (fragment, plaintext) = try Fragment.split(decrypted)
    return Opened(
      plaintext: plaintext, chain: next, sparse: try sparse.received(walk, fragment, randomness: randomness),
      passed: passed.entries)
  }

  /// How many messages of the current receiving chain have not come, if that has `count` messages.
  private borrowing func distanceToEnd(ofCurrentChain count: UInt32) -> UInt32 {
    switch receivingChain {
    case .some(let chain): chain.distance(to: count)
    case .none: 0
    }
  }

  /// Keeps the keys of what has not come of the current receiving chain, if that has `count` messages.
  private borrowing func passRestOfCurrentChain(
    _ count: UInt32, at unixSeconds: Int64, _ passed: inout ReceivingChainKey.Passed
  ) throws(PrimitiveError) {
    guard let remoteKey else { return }
    switch receivingChain {
    case .some(let chain) where chain.number < count:
      let arrival = ReceivingChainKey.Arrival(ratchetKey: remoteKey, unixSeconds: unixSeconds)
      _ = try chain.skip(to: count, arrival, passed: &passed)
    default: break
    }
  }
}

// MARK: - The post-quantum ratchet

extension RatchetState {
  /// The post-quantum ratchet's way to a message before which `distance` have not come; nil without one.
  ///
  /// - Throws: ``RatchetError/authenticationFailed`` for a header of another suite than the session's.
  private borrowing func walk(for header: RatchetHeader, distance: UInt32) throws(RatchetError) -> ReceivingWalk? {
    switch (sparse, header.place) {
    case (let sparse?, let place?): return try sparse.walk(to: place, distance: distance)
    case (nil, nil): return nil
    case (nil, _?), (_?, nil): throw .authenticationFailed
    }
  }
}

// MARK: - Limits

extension RatchetState {
  private borrowing func checkLimits(ofNewChain header: RatchetHeader) throws(RatchetError) {
    try Self.checkJump(distanceToEnd(ofCurrentChain: header.previousCount))
    try Self.checkJump(header.number)
  }

  private static func checkJump(_ requested: UInt32) throws(RatchetError) {
    guard requested <= RatchetLimits.maximumJump else {
      throw .tooManySkipped(requested: requested, limit: RatchetLimits.maximumJump)
    }
  }
}

extension RatchetState {
  /// Whether the key of this message was stored when its chain passed it by: the only way an old chain still opens.
  package borrowing func holdsSkippedKey(for header: RatchetHeader) -> Bool {
    skipped.contains(.init(ratchetKey: header.ratchetKey, number: header.number))
  }
}
