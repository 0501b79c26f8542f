import ByteLayout

/// Which session sends (Protocol §6): the newest confirmed successor; before anything was decrypted, the one started here.
///
/// Among siblings (equal `replaces`) the smaller session id wins, so that two sides that start at once end on the same one.
enum SessionChoice {
  /// An initiator waits this long for an answer; then the session refuses to send (Protocol §6, limits).
  static let unconfirmedLifetime: Int64 = 30 * 86_400

  static func sending(among candidates: [SessionCandidate], at now: Int64) -> SessionCandidate? {
    let confirmed = candidates.filter { $0.state == .confirmed }
    if !confirmed.isEmpty {
      let replaced = Set(confirmed.map(\.body.replaces))
      let newest = confirmed.filter { !replaced.contains($0.body.sessionID) }
      return newest.min { $0.body.sessionID < $1.body.sessionID }
    }
    let started = candidates.filter {
      $0.state == .unconfirmed && $0.body.isInitiator && now - $0.createdAt < unconfirmedLifetime
    }
    let replaced = Set(started.map(\.body.replaces))
    return
      started
      .filter { !replaced.contains($0.body.sessionID) }
      .min { $0.body.sessionID < $1.body.sessionID }
  }
}
