import Messaging

extension Node {
  /// Takes this vault over as the only one, because the user says that every other copy is gone (Protocol §3).
  ///
  /// Asks the relay first: a vault that it does not call a copy needs no taking over. Then renews every session.
  /// - Returns: whether it was taken over; false when it was no copy.
  /// - Throws: ``NodeError``; then nothing was sent, and the next command takes it over.
  package func adoptVault(timeLimit: Duration) async throws -> Bool {
    do {
      try await openMailboxes()
      return false
    } catch NodeError.vaultCopied {
      try messenger.adopt()
    }
    try await openMailboxes()
    _ = try await fetchAll()
    _ = try await flush(timeLimit: timeLimit) { _ in false }
    // A daemon that had stopped goes on.
    doorbell.ring()
    return true
  }
}
