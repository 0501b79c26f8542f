import ByteLayout
import DoubleRatchet
import KeyAgreement
import Primitives
import RelayWire
import SealedSender
import Vault
import Verification

extension Messenger {
  /// A session message from a pinned device (Protocol §6, "First messages and replays").
  func receive(
    _ message: SessionMessage, from peer: AuthenticatedPeer, storedAt: Int64, _ transaction: VaultTransaction
  ) throws -> EnvelopeOutcome {
    let seen = seenHash(message)
    guard try !transaction.isSeenMessage(hash: seen) else { return .duplicate }
    let hash = sessionHash(message.sessionID, transaction)
    guard let session = try transaction.session(sessionHash: hash), session.peerDeviceID == peer.device.id else {
      return try transaction.isKnownSession(sessionHash: hash) ? .duplicate : .undecryptable(nil)
    }
    var peer = peer
    peer.secretChat = try transaction.secretConversation(sessionID: session.id)
    let ratchet = try ratchet(session: session.id, transaction)
    let header: RatchetHeader
    do { header = try RatchetHeader(message.header) } catch { return .undecryptable(nil) }
    let isRetired = try transaction.isRetiredKey(
      sessionHash: hash, keyHash: retiredHash(header.ratchetKey, transaction))
    // A retired chain has only its skipped keys left: without one, this is a replay, and costs no Diffie–Hellman.
    if isRetired, !ratchet.state.holdsSkippedKey(for: header) { return .duplicate }
    let decrypted: DecryptedMessage
    do {
      decrypted = try ratchet.state.decrypt(
        RatchetMessage(header: header, ciphertext: message.ciphertext), at: nowSeconds,
        randomness: environment.randomness)
    } catch RatchetError.duplicate {
      return .duplicate
    } catch RatchetError.primitive(let error) where error != .authenticationFailed && !error.isPeersFault {
      throw RatchetError.primitive(error)  // no locked memory, for one: the envelope must stay at the relay
    } catch {
      return isRetired ? .duplicate : .undecryptable(nil)
    }
    if let retired = decrypted.retiredRemoteKey {
      try transaction.insertRetiredKey(sessionHash: hash, keyHash: retiredHash(retired, transaction))
    }
    ratchet.state.discardSkippedKeys(olderThan: nowSeconds - KeyLifetime.replayMemory)
    try transaction.keep(ratchet, sessionID: session.id, isChanged: true)
    try transaction.insertSeenMessage(hash: seen, keepUntil: nowSeconds + KeyLifetime.replayMemory)
    try confirm(session, hasNewKey: decrypted.retiredRemoteKey != nil, transaction)
    try apply(plaintext: decrypted.plaintext, from: peer, storedAt: storedAt, transaction)
    return .accepted
  }

  /// Something was decrypted on the session: it may send, and its start need not be repeated any more.
  ///
  /// - Parameter hasNewKey: whether the peer's ratchet key followed another one.
  private func confirm(_ session: SessionRecord, hasNewKey: Bool, _ transaction: VaultTransaction) throws {
    var session = session
    var body = try SessionBody(session.body)
    if hasNewKey, body.awaitsSecondKey {
      body.awaitsSecondKey = false
      session.body = try body.bytes
      try transaction.updateSession(session)
    }
    // All messages but the first: nothing changes, neither here nor in the choice among its siblings.
    guard session.state == SessionState.unconfirmed.rawValue || !body.start.isEmpty else { return }
    session.confirmedAt = nowSeconds
    if session.state == SessionState.unconfirmed.rawValue { session.state = SessionState.confirmed.rawValue }
    body.start = []
    session.body = try body.bytes
    try transaction.updateSession(session)
    // Two sides that started at once: among confirmed siblings the smaller id sends. What it has replaced is over.
    if let chat = try transaction.secretConversation(sessionID: session.id) {
      try settle(candidates(secretChat: chat, transaction), transaction)
    } else {
      try settle(candidates(peer: session.peerDeviceID, transaction), transaction)
    }
  }

  /// SHA-256(session message)[0..16], kept for 45 days.
  func seenHash(_ message: SessionMessage) -> FixedBytes<16> {
    ContentHash.sha256(message.serialized).prefix()
  }

  func retiredHash(_ key: X25519PublicKey, _ transaction: VaultTransaction) -> FixedBytes<16> {
    transaction.lookup(label: "retired ratchet key", key.bytes.array)
  }
}

extension PrimitiveError {
  /// Whether bytes of a peer alone can cause it.
  var isPeersFault: Bool {
    switch self {
    case .authenticationFailed, .nonCanonicalKey, .nonContributoryKey, .invalidPoint: true
    default: false
    }
  }
}
