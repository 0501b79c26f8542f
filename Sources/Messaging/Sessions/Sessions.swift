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

  func candidates(peer: Int64, _ transaction: VaultTransaction) throws -> [SessionCandidate] {
    try transaction.sessions(peerDeviceID: peer)
      .filter { $0.purpose == SessionPurpose.normal.rawValue }
      .map {
        SessionCandidate(
          id: $0.id, state: SessionState(rawValue: $0.state) ?? .receiveOnly, createdAt: $0.createdAt,
          body: try SessionBody($0.body))
      }
  }

  /// The session on which the next message to this device goes, nil when a handshake is needed first.
  func sendingSession(peer: Int64, _ transaction: VaultTransaction) throws -> SessionCandidate? {
    SessionChoice.sending(among: try candidates(peer: peer, transaction), at: nowSeconds)
  }

  func ratchet(session id: Int64, _ transaction: VaultTransaction) throws -> RatchetState {
    try RatchetState(archive: try transaction.sessionArchive(id: id))
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
        purpose: purpose.rawValue, state: state.rawValue, createdAt: nowSeconds, lastUsedAt: nowSeconds,
        body: try body.bytes),
      archive: ratchet.archive(), exporters: exporters)
    try transaction.insertKnownSession(
      sessionHash: sessionHash(body.sessionID, transaction), keepUntil: nowSeconds + 2 * KeyLifetime.replayMemory)
    try trimArchivedSessions(peer: peer, transaction)
    return id
  }

  /// Retires siblings that lost and drops the oldest receive-only sessions beyond the limit.
  func trimArchivedSessions(peer: Int64, _ transaction: VaultTransaction) throws {
    let all = try candidates(peer: peer, transaction)
    let archived = all.filter { $0.state == .receiveOnly }.sorted { $0.id < $1.id }
    for candidate in archived.dropLast(SessionLimits.maximumArchived) {
      try transaction.deleteSession(id: candidate.id)
    }
  }
}
