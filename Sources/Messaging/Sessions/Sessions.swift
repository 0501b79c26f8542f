import ByteLayout
import DoubleRatchet
import KeyAgreement
import Primitives
import SecretMemory
import Vault

/// How many receive-only sessions are kept for one device of a peer (Protocol §6, limits).
enum SessionLimits {
  static let maximumArchived = 40
}

extension Messenger {
  func sessionHash(_ id: FixedBytes<16>, _ transaction: VaultTransaction) -> FixedBytes<16> {
    transaction.lookup(label: "session", id.array)
  }

  /// The sessions with a device that carry the direct conversation.
  func candidates(peer: Int64, _ transaction: VaultTransaction) throws -> [SessionCandidate] {
    try transaction.sessions(peerDeviceID: peer)
      .filter { $0.purpose == SessionPurpose.normal.rawValue }
      .map(candidate)
  }

  /// The sessions of a secret chat.
  func candidates(secretChat: Int64, _ transaction: VaultTransaction) throws -> [SessionCandidate] {
    try transaction.secretSessions(conversationID: secretChat).compactMap { id in
      try transaction.session(id: id).map(candidate)
    }
  }

  private func candidate(_ record: SessionRecord) throws -> SessionCandidate {
    SessionCandidate(
      id: record.id, state: SessionState(rawValue: record.state) ?? .receiveOnly, createdAt: record.createdAt,
      body: try SessionBody(record.body))
  }

  /// The session on which the next message to this device goes, nil when a handshake is needed first.
  func sendingSession(peer: Int64, _ transaction: VaultTransaction) throws -> SessionCandidate? {
    SessionChoice.sending(among: try candidates(peer: peer, transaction), at: nowSeconds)
  }

  /// The ratchet of a session, which this transaction keeps: ``VaultTransaction/keep(_:sessionID:isChanged:)`` says that it
  /// has changed.
  func ratchet(session id: Int64, _ transaction: VaultTransaction) throws -> SessionRatchet {
    if let kept = transaction.keptRatchet(sessionID: id) as? SessionRatchet { return kept }
    let ratchet = SessionRatchet(try RatchetState(archive: try transaction.sessionArchive(id: id)))
    try transaction.keep(ratchet, sessionID: id, isChanged: false)
    return ratchet
  }

  /// Stores a session that a handshake has just made.
  ///
  /// - Returns: its row.
  func insertSession(
    _ body: SessionBody, state: SessionState, ratchet: borrowing RatchetState, secrets: borrowing SessionSecrets,
    peer: Int64, purpose: SessionPurpose = .normal, _ transaction: VaultTransaction
  ) throws -> Int64 {
    let exporters = try secrets.exporterInitiatorToResponder
      .appending(secrets.exporterResponderToInitiator).appending(secrets.picture)
    let id = try transaction.insertSession(
      SessionRecord(
        id: 0, sessionHash: sessionHash(body.sessionID, transaction), peerDeviceID: peer,
        purpose: purpose.rawValue, state: state.rawValue, createdAt: nowSeconds, confirmedAt: 0,
        body: try body.bytes),
      archive: ratchet.archive(), exporters: exporters)
    try transaction.insertKnownSession(
      sessionHash: sessionHash(body.sessionID, transaction), keepUntil: nowSeconds + 2 * KeyLifetime.replayMemory)
    return id
  }

  /// Something was decrypted on one of the sessions that carry the same: the one that is chosen sends, the others only
  /// receive, and of those the oldest go beyond the limit.
  func settle(_ sessions: [SessionCandidate], _ transaction: VaultTransaction) throws {
    let sending = SessionChoice.sending(among: sessions, at: nowSeconds)
    var archived: [Int64] = []
    for candidate in sessions.sorted(by: { $0.id < $1.id }) where candidate.id != sending?.id {
      if candidate.state == .receiveOnly || sending != nil && candidate.state == .confirmed {
        archived.append(candidate.id)
      }
    }
    for id in archived.dropLast(SessionLimits.maximumArchived) { try transaction.deleteSession(id: id) }
    try retire(archived.suffix(SessionLimits.maximumArchived), transaction)
  }

  /// From now on these sessions only receive.
  func retire(_ sessions: some Sequence<Int64>, _ transaction: VaultTransaction) throws {
    for id in sessions {
      guard var record = try transaction.session(id: id), record.state != SessionState.receiveOnly.rawValue else {
        continue
      }
      record.state = SessionState.receiveOnly.rawValue
      try transaction.updateSession(record)
    }
  }
}
