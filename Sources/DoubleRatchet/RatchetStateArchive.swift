package import Primitives
package import SecretMemory

/// A ratchet state as named fields, and the bytes that they are kept in.
///
/// ```
/// archive = 0x01 ‖ phase u8 ‖ u32(len AD) ‖ AD ‖ RK(32) ‖ DHs private(32) ‖ DHs public(32)
///           phase 1, 2:  ‖ DHr(32) ‖ CKs(32) ‖ Ns u32
///           phase 2:     ‖ PN u32 ‖ CKr(32) ‖ Nr u32
///                        ‖ count u16 ‖ count × (DH public(32) ‖ N u32 ‖ stored at, i64 ‖ MK(32)), oldest first
/// archive   = 0x02 ‖ the post-quantum ratchet (§6a.7) ‖ as above from phase on                          suite 3
/// phase     = 0 a responder that has received nothing · 1 an initiator that has received nothing · 2 both directions
/// ```
/// Integers are big-endian. The bytes are secret and exist only as `SecretBytes`; whoever stores them seals them. They
/// are not authenticated here: a reader trusts what it has unsealed, and refuses what has another shape.
///
/// The fields are for converting a state and for comparing it with a published transcript, not for running a session.
package struct RatchetStateArchive: ~Copyable, Sendable {
  package static let version: UInt8 = 0x01
  package static let postQuantumVersion: UInt8 = 0x02
  /// One skipped key: DH public ‖ N ‖ stored at ‖ MK.
  static let entryByteCount = 32 + 4 + 8 + 32

  /// A chain key and the number of the message that it is for.
  package struct Chain: ~Copyable, Sendable {
    package let key: SecretBytes
    package let number: UInt32

    init(key: consuming SecretBytes, number: UInt32) {
      self.key = key
      self.number = number
    }
  }

  /// What a side has from its peer's first message on.
  package struct Received: ~Copyable, Sendable {
    /// PN.
    package let previousSendingCount: UInt32
    /// CKr and Nr.
    package let chain: Chain
    /// MKSKIPPED, oldest first.
    package let skipped: [SkippedMessageKeys.Entry]

    init(previousSendingCount: UInt32, chain: consuming Chain, skipped: [SkippedMessageKeys.Entry]) {
      self.previousSendingCount = previousSendingCount
      self.chain = chain
      self.skipped = skipped
    }
  }

  /// What a side has that can send.
  package struct Sending: ~Copyable, Sendable {
    /// DHr.
    package let remoteKey: X25519PublicKey
    /// CKs and Ns.
    package let chain: Chain
    /// Nil in an initiator that has received nothing.
    package let received: Received?

    init(remoteKey: X25519PublicKey, chain: consuming Chain, received: consuming Received?) {
      self.remoteKey = remoteKey
      self.chain = chain
      self.received = received
    }
  }

  /// AD, as the handshake gave it. Changed only to show that a session with another AD refuses a message.
  package var associatedData: [UInt8]
  /// RK.
  package let rootKey: SecretBytes
  /// DHs: the scalar, 32 bytes, not clamped.
  package let ratchetScalar: SecretBytes
  /// DHs: the public key.
  package let ratchetKey: X25519PublicKey
  /// Nil in a responder that has received nothing.
  package let sending: Sending?
  /// There in suite 3.
  let sparse: SparseRatchet?

  init(
    associatedData: [UInt8], rootKey: consuming SecretBytes, ratchetScalar: consuming SecretBytes,
    ratchetKey: X25519PublicKey, sending: consuming Sending?, sparse: SparseRatchet?
  ) {
    self.associatedData = associatedData
    self.rootKey = rootKey
    self.ratchetScalar = ratchetScalar
    self.ratchetKey = ratchetKey
    self.sending = sending
    self.sparse = sparse
  }
}

// MARK: - Between a state and its fields

extension RatchetState {
  /// The whole state as bytes, in the layout of ``RatchetStateArchive``.
  ///
  /// - Throws: ``RatchetError/primitive(_:)`` when there is no secret memory for it.
  package borrowing func archive() throws(RatchetError) -> SecretBytes {
    try RatchetStateArchive(copying: self).encoded()
  }

  /// Reads what ``archive()`` wrote.
  ///
  /// - Throws: ``RatchetError/malformedArchive`` for another version, a cut, bytes left over, and whatever a state
  ///   cannot be.
  package init(archive: borrowing SecretBytes) throws(RatchetError) {
    try self.init(RatchetStateArchive(decoding: archive))
  }

  /// Goes on from fields.
  package init(_ fields: consuming RatchetStateArchive) throws(RatchetError) {
    let associatedData = RatchetAssociatedData(fields.associatedData)
    let keyPair: X25519KeyPair
    do throws(PrimitiveError) {
      keyPair = try X25519KeyPair(archivedScalar: fields.ratchetScalar, publicKey: fields.ratchetKey)
    } catch {
      throw RatchetError(error)
    }
    var remoteKey: X25519PublicKey?
    var sendingChain: SendingChainKey?
    var receivingChain: ReceivingChainKey?
    let sparse = fields.sparse
    var previousSendingCount: UInt32 = 0
    var skipped = SkippedMessageKeys()
    if let sending = fields.sending {
      remoteKey = sending.remoteKey
      sendingChain = SendingChainKey(sending.chain.key, number: sending.chain.number)
      if let received = sending.received {
        previousSendingCount = received.previousSendingCount
        skipped.append(received.skipped)
        receivingChain = ReceivingChainKey(received.chain.key, number: received.chain.number)
      }
    }
    self.init(
      rootKey: RootKey(fields.rootKey), keyPair: RatchetKeyPair(keyPair), remoteKey: remoteKey,
      sendingChain: sendingChain, receivingChain: receivingChain, previousSendingCount: previousSendingCount,
      skipped: skipped, sparse: sparse, associatedData: associatedData)
  }
}

extension RatchetStateArchive {
  /// Copies a state's secrets into fields of their own; skipped keys are shared, not copied.
  package init(copying state: borrowing RatchetState) throws(RatchetError) {
    do throws(SecretMemoryError) {
      try self.init(
        associatedData: state.associatedData.bytes, rootKey: state.rootKey.bytes.duplicate(),
        ratchetScalar: state.keyPair.scalarCopy(), ratchetKey: state.keyPair.publicKey,
        sending: Self.sending(of: state), sparse: state.sparse)
    } catch {
      throw .primitive(.secretMemory(error))
    }
  }

  private static func sending(of state: borrowing RatchetState) throws(SecretMemoryError) -> Sending? {
    guard let remoteKey = state.remoteKey else { return nil }
    switch state.sendingChain {
    case .some(let chain):
      return Sending(
        remoteKey: remoteKey, chain: Chain(key: try chain.bytes.duplicate(), number: chain.number),
        received: try received(of: state))
    case .none: return nil
    }
  }

  private static func received(of state: borrowing RatchetState) throws(SecretMemoryError) -> Received? {
    switch state.receivingChain {
    case .some(let chain):
      return Received(
        previousSendingCount: state.previousSendingCount,
        chain: Chain(key: try chain.bytes.duplicate(), number: chain.number), skipped: state.skipped.entries)
    case .none: return nil
    }
  }
}
