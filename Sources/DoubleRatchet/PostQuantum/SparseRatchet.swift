import Primitives
import SecretMemory

/// The post-quantum ratchet of suite 3: ML-KEM-768, beside the Double Ratchet (Protocol §6a).
///
/// ```
///            generator of epoch e                              encapsulator of epoch e
///
///   offering    key pair made; units of ek  ───────────────►   collecting
///                            under e − 1                          │ all 37 units: encapsulate, derive epoch e
///   offering    ◄───────────────  units of ct, under e − 1     answering
///      │ all 37 units: decapsulate, derive epoch e                │
///   confirming  ──────────────────────────  under e  ──────►      │ generator of e + 1: makes a key pair
///      │        ◄─────────────  units of ek, under e  ────────  offering
///   collecting  …
/// ```
/// The initiator begins by offering, the responder by collecting; each goes round the four phases. A message under epoch k
/// carries units of what will be epoch k + 1, so that its place says which, and the phase says what they are of.
///
/// A value: whoever receives works on a copy and keeps it once the message is authentic. No clock, no I/O.
struct SparseRatchet: Sendable {
  /// Of the newest epoch that is derived.
  var root: EpochSecret
  /// The epoch of ``receiving``: the newest one in which the peer has sent.
  var epoch: UInt32
  /// In the same epoch, but when confirming: then in the next one.
  var sending: EpochChain
  var receiving: EpochChain
  var phase: Phase

  /// Where this side is on the way to the next epoch.
  enum Phase: Sendable {
    /// Sends its encapsulation key and collects the ciphertext.
    case offering(Offer)
    /// Has decapsulated and sends in the new epoch: this is the chain on which the peer will.
    case confirming(EpochChain)
    /// Collects the peer's encapsulation key.
    case collecting(FragmentCollection)
    /// Has encapsulated; sends the ciphertext until the peer has sent in the new epoch.
    case answering(Answer)
  }

  /// A key pair, and what has come of the ciphertext for it.
  struct Offer: Sendable {
    /// d ‖ z, 64 bytes.
    let seed: EpochSecret
    var encapsulationKey: FragmentedValue
    var ciphertext: FragmentCollection
  }

  /// A ciphertext, and the chains of its epoch.
  struct Answer: Sendable {
    var ciphertext: FragmentedValue
    let sending: EpochChain
    let receiving: EpochChain
  }

  static let parameters = MLKEMParameters.mlKEM768
}

// MARK: - Beginning

extension SparseRatchet {
  /// The side that started the handshake: it makes the first key pair.
  ///
  /// - Parameter sharedSecret: SK of the handshake, 32 bytes.
  static func initiator(
    sharedSecret: borrowing SecretBytes, randomness: some Randomness
  ) throws(PrimitiveError) -> SparseRatchet {
    let keys = try EpochKeys(sharedSecret: sharedSecret)
    return SparseRatchet(
      root: keys.root, epoch: 0, sending: keys.generatorSends, receiving: keys.encapsulatorSends,
      phase: .offering(try Offer(from: randomness)))
  }

  /// The side that was called.
  static func responder(sharedSecret: borrowing SecretBytes) throws(PrimitiveError) -> SparseRatchet {
    let keys = try EpochKeys(sharedSecret: sharedSecret)
    return SparseRatchet(
      root: keys.root, epoch: 0, sending: keys.encapsulatorSends, receiving: keys.generatorSends,
      phase: .collecting(FragmentCollection()))
  }
}

extension SparseRatchet.Offer {
  /// Makes a key pair from 64 random bytes.
  init(from randomness: some Randomness) throws(PrimitiveError) {
    let pair = try MLKEMKeyPair(SparseRatchet.parameters, from: randomness)
    do throws(SecretMemoryError) {
      seed = EpochSecret(try pair.withSeed { seed throws(SecretMemoryError) in try seed.duplicate() })
    } catch {
      throw .secretMemory(error)
    }
    encapsulationKey = FragmentedValue(pair.publicKey.bytes)
    ciphertext = FragmentCollection()
  }
}

// MARK: - Sending

extension SparseRatchet {
  /// What the next message carries, and the key that it is encrypted with.
  struct Outgoing: ~Copyable {
    let place: EpochPlace
    let fragment: Fragment
    let messageKey: MessageKey
  }

  /// Goes one step along the sending chain.
  ///
  /// - Parameters:
  ///   - messageKey: the Double Ratchet's.
  ///   - reserve: how many bytes of the message may be filled with units.
  mutating func send(mixing messageKey: borrowing MessageKey, reserve: Int) throws(RatchetError) -> Outgoing {
    let place = EpochPlace(epoch: sendingEpoch, number: sending.number)
    guard place.number < .max else { throw .chainExhausted }
    do throws(PrimitiveError) {
      let step = try sending.step(mixing: messageKey)
      sending = step.next
      return Outgoing(place: place, fragment: takeFragment(reserve: reserve), messageKey: step.messageKey)
    } catch {
      throw RatchetError(error)
    }
  }

  private var sendingEpoch: UInt32 {
    if case .confirming = phase { epoch + 1 } else { epoch }
  }

  /// Units of the own key until the peer answers it, of the own ciphertext until the peer uses it, and otherwise none.
  private mutating func takeFragment(reserve: Int) -> Fragment {
    switch phase {
    case .offering(var offer) where offer.ciphertext.isEmpty:
      let fragment = offer.encapsulationKey.take(reserve: reserve)
      phase = .offering(offer)
      return fragment
    case .answering(var answer):
      let fragment = answer.ciphertext.take(reserve: reserve)
      phase = .answering(answer)
      return fragment
    case .offering, .confirming, .collecting: return .none
    }
  }
}
