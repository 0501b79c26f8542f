package import Primitives
package import SecretMemory

/// One session's Double Ratchet (Protocol §6).
///
/// ```
///               SK of the handshake
///                      │
///                     RK₀
///                      │      DH(DHs, DHr)
///            KDF_RK ◄──┴──────────┘
///            │    │
///          RK₁    CK ── KDF_CK ──► CK′ ── KDF_CK ──► CK″ ──► …         one chain per direction and DH step
///            │             │                 │
///            │            MK₀               MK₁                        N = 0, 1, …
///            │             │
///            │            HKDF ──► key ‖ nonce ──► XChaCha20-Poly1305(plaintext; u32(len AD) ‖ AD ‖ header)
///            │
///          KDF_RK ◄── DH with the peer's next key, or with the own next key
///            │
///           RK₂ …
/// ```
///
/// A receive under a new peer key makes two steps of the root: one with the old own key, for the chain that receives,
/// and one with a new own key, for the chain that sends next.
///
/// Refusals leave the state as it was, byte for byte. The caller stores the archive: before a ciphertext leaves, and in
/// the transaction that consumes a message. This type does not select sessions, store anything, read a clock or draw
/// randomness of its own, and it cannot be copied but through its archive.
package struct RatchetState: ~Copyable, Sendable {
  /// RK: the newest root key; older ones are gone.
  var rootKey: RootKey
  /// DHs: the own pair, with which the next receiving chain will be made.
  var keyPair: RatchetKeyPair
  /// DHr: the peer's newest key, or the signed prekey before anything came; nil in a responder that has not received.
  package internal(set) var remoteKey: X25519PublicKey?
  /// CKs and Ns: nil in a responder that has not received.
  var sendingChain: SendingChainKey?
  /// CKr and Nr of the chain under `remoteKey`: nil until the first message came.
  var receivingChain: ReceivingChainKey?
  /// PN: the length of the own previous chain, which tells the peer how much of it is still under way.
  package internal(set) var previousSendingCount: UInt32
  /// MKSKIPPED.
  var skipped: SkippedMessageKeys
  /// The post-quantum ratchet beside this one: there in suite 3.
  var sparse: SparseRatchet?
  /// AD, in the form that is authenticated.
  let associatedData: RatchetAssociatedData

  init(
    rootKey: consuming RootKey, keyPair: consuming RatchetKeyPair, remoteKey: X25519PublicKey?,
    sendingChain: consuming SendingChainKey?, receivingChain: consuming ReceivingChainKey?,
    previousSendingCount: UInt32, skipped: SkippedMessageKeys, sparse: SparseRatchet?,
    associatedData: RatchetAssociatedData
  ) {
    self.rootKey = rootKey
    self.keyPair = keyPair
    self.remoteKey = remoteKey
    self.sendingChain = sendingChain
    self.receivingChain = receivingChain
    self.previousSendingCount = previousSendingCount
    self.skipped = skipped
    self.sparse = sparse
    self.associatedData = associatedData
  }
}

// MARK: - Beginning

extension RatchetState {
  /// The side that started the handshake: RK = SK, DHr = the peer's signed prekey, and a first sending chain.
  ///
  /// - Parameters:
  ///   - sharedSecret: SK, 32 bytes.
  ///   - remoteKey: the peer's signed prekey.
  ///   - associatedData: AD, opaque here.
  ///   - isPostQuantum: suite 3: with the post-quantum ratchet.
  /// - Throws: ``RatchetError/primitive(_:)`` when the signed prekey has small order.
  package static func initiator(
    sharedSecret: consuming SecretBytes, remoteKey: X25519PublicKey, associatedData: [UInt8],
    isPostQuantum: Bool = false, randomness: some Randomness
  ) throws(RatchetError) -> RatchetState {
    do throws(PrimitiveError) {
      let sparse =
        isPostQuantum ? try SparseRatchet.initiator(sharedSecret: sharedSecret, randomness: randomness) : nil
      let handshakeKey = RootKey(sharedSecret)
      let keyPair = try RatchetKeyPair(from: randomness)
      let step = try handshakeKey.sendingStep(keyPair: keyPair, remoteKey: remoteKey)
      return RatchetState(
        rootKey: step.rootKey, keyPair: keyPair, remoteKey: remoteKey, sendingChain: step.chain, receivingChain: nil,
        previousSendingCount: 0, skipped: SkippedMessageKeys(), sparse: sparse,
        associatedData: RatchetAssociatedData(associatedData))
    } catch {
      throw RatchetError(error)
    }
  }

  /// The side that was called: RK = SK, DHs = its signed prekey. It can send once it has received.
  ///
  /// - Parameters:
  ///   - sharedSecret: SK, 32 bytes.
  ///   - ownKeyPair: the signed prekey that the initiator used.
  ///   - associatedData: AD, opaque here.
  ///   - isPostQuantum: suite 3: with the post-quantum ratchet.
  /// - Throws: ``RatchetError/primitive(_:)`` when there is no secret memory.
  package static func responder(
    sharedSecret: consuming SecretBytes, ownKeyPair: consuming X25519KeyPair, associatedData: [UInt8],
    isPostQuantum: Bool = false
  ) throws(RatchetError) -> RatchetState {
    let sparse: SparseRatchet?
    do throws(PrimitiveError) {
      sparse = isPostQuantum ? try SparseRatchet.responder(sharedSecret: sharedSecret) : nil
    } catch {
      throw RatchetError(error)
    }
    return RatchetState(
      rootKey: RootKey(sharedSecret), keyPair: RatchetKeyPair(ownKeyPair), remoteKey: nil, sendingChain: nil,
      receivingChain: nil, previousSendingCount: 0, skipped: SkippedMessageKeys(), sparse: sparse,
      associatedData: RatchetAssociatedData(associatedData))
  }
}

// MARK: - What may be known about it

extension RatchetState {
  /// The own ratchet key that the next message will carry.
  package var ownKey: X25519PublicKey { keyPair.publicKey }

  /// Whether a message of the peer has authenticated in this session.
  package var hasReceived: Bool {
    switch receivingChain {
    case .some: true
    case .none: false
    }
  }

  /// Ns: the number of the next message to send, or nil when this side cannot send yet.
  package var sendingNumber: UInt32? {
    switch sendingChain {
    case .some(let chain): chain.number
    case .none: nil
    }
  }

  /// Nr: the number of the next message in order, or nil when nothing has come.
  package var receivingNumber: UInt32? {
    switch receivingChain {
    case .some(let chain): chain.number
    case .none: nil
    }
  }

  /// The newest epoch of the post-quantum ratchet in which the peer has sent; nil without suite 3.
  package var postQuantumEpoch: UInt32? { sparse?.epoch }

  /// How many skipped message keys are kept.
  package var skippedKeyCount: Int { skipped.count }

  /// Removes the skipped keys that were stored before `unixSeconds`, whatever their age limit.
  package mutating func discardSkippedKeys(olderThan unixSeconds: Int64) {
    skipped.discard(olderThan: unixSeconds)
  }
}
