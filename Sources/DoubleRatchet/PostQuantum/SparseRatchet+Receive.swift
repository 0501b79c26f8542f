import Primitives
import SecretMemory

extension SparseRatchet {
  /// The way to a message that is not late, judged before anything is computed.
  ///
  /// - Parameter distance: how many messages before it have not come, by the Double Ratchet's count.
  /// - Throws: ``RatchetError/wrongEpoch`` for an epoch before the newest one in which the peer has sent or after the newest
  ///   that is derived, and for a number that does not agree with the distance.
  func walk(to place: EpochPlace, distance: UInt32) throws(RatchetError) -> ReceivingWalk {
    if place.epoch == epoch {
      guard place.number < .max, place.number >= receiving.number, place.number - receiving.number == distance else {
        throw .wrongEpoch
      }
      return ReceivingWalk(on: receiving)
    }
    guard place.epoch > epoch, place.epoch - epoch == 1, let awaited = awaitedChain, place.number <= distance else {
      throw .wrongEpoch
    }
    let ofThisEpoch = distance - place.number
    // A peer can bring its number near the end, a thousand at a time: an epoch has no more messages than can be counted.
    guard ofThisEpoch <= .max - receiving.number else { throw .wrongEpoch }
    return ReceivingWalk(on: receiving, for: ofThisEpoch, then: awaited)
  }

  /// The chain on which the peer will send in the next epoch, if that is derived.
  private var awaitedChain: EpochChain? {
    switch phase {
    case .confirming(let chain): chain
    case .answering(let answer): answer.receiving
    case .offering, .collecting: nil
    }
  }

  /// What the ratchet becomes by an authentic message.
  ///
  /// - Parameters:
  ///   - walk: as it was left by that message.
  ///   - fragment: what the message carried.
  ///   - randomness: for a key pair or an encapsulation, if one is due.
  /// - Throws: ``RatchetError/primitive(_:)`` with `nonCanonicalKey` when the peer's units are no encapsulation key,
  ///   ``RatchetError/malformedFragment`` when more follows a ciphertext than zero bytes.
  func received(
    _ walk: ReceivingWalk, _ fragment: Fragment, randomness: some Randomness
  ) throws(RatchetError) -> SparseRatchet {
    var next = self
    next.receiving = walk.chain
    do throws(PrimitiveError) {
      if walk.entersNextEpoch { try next.enterNextEpoch(randomness) }
    } catch {
      throw RatchetError(error)
    }
    switch next.phase {
    case .collecting(var collection):
      let value = collection.add(fragment)
      next.phase = .collecting(collection)
      if let value { try next.encapsulate(to: value, randomness) }
    case .offering(var offer):
      let value = offer.ciphertext.add(fragment)
      next.phase = .offering(offer)
      if let value { try next.decapsulate(value, offer) }
    case .confirming, .answering: break  // units of what is here already
    }
    return next
  }

  /// The peer sends in the epoch that was derived last: nothing of the old one is needed any more.
  private mutating func enterNextEpoch(_ randomness: some Randomness) throws(PrimitiveError) {
    switch phase {
    case .confirming:
      phase = .collecting(FragmentCollection())
    case .answering(let answer):
      sending = answer.sending
      phase = .offering(try Offer(from: randomness))
    case .offering, .collecting: return  // no walk leads there
    }
    epoch += 1
  }

  private mutating func encapsulate(to value: [UInt8], _ randomness: some Randomness) throws(RatchetError) {
    let following = try followingEpoch()
    do throws(PrimitiveError) {
      let encapsulationKey = try MLKEMPublicKey(validating: value, Self.parameters)
      let encapsulation = try randomness.encapsulation(to: encapsulationKey)
      let ciphertext = encapsulation.ciphertext.bytes
      let keys = try EpochKeys(
        epoch: following, root: root, sharedSecret: encapsulation.takeSharedSecret(), encapsulationKey: value,
        ciphertext: ciphertext)
      root = keys.root
      phase = .answering(
        Answer(
          ciphertext: FragmentedValue(ciphertext), sending: keys.encapsulatorSends, receiving: keys.generatorSends))
    } catch {
      throw RatchetError(error)
    }
  }

  private mutating func decapsulate(_ value: [UInt8], _ offer: Offer) throws(RatchetError) {
    let following = try followingEpoch()
    let ciphertext = [UInt8](value.prefix(Self.parameters.ciphertextByteCount))
    guard value[ciphertext.count...].allSatisfy({ $0 == 0 }) else { throw .malformedFragment }
    do throws(PrimitiveError) {
      let encapsulationKey = offer.encapsulationKey.value(Self.parameters.publicKeyByteCount)
      let pair = MLKEMKeyPair(Self.parameters, archivedSeed: try offer.seed.copy(), publicKey: encapsulationKey)
      let keys = try EpochKeys(
        epoch: following, root: root,
        sharedSecret: try pair.decapsulate(try MLKEMCiphertext(validating: ciphertext, Self.parameters)),
        encapsulationKey: encapsulationKey, ciphertext: ciphertext)
      root = keys.root
      sending = keys.generatorSends
      phase = .confirming(keys.encapsulatorSends)
    } catch {
      throw RatchetError(error)
    }
  }

  /// - Throws: ``RatchetError/chainExhausted`` after epoch 2³² − 1.
  private func followingEpoch() throws(RatchetError) -> UInt32 {
    let (following, overflowed) = epoch.addingReportingOverflow(1)
    guard !overflowed else { throw .chainExhausted }
    return following
  }
}
