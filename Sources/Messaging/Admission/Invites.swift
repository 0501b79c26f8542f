package import Ambient
import ByteLayout
import KeyAgreement
import Primitives
import RelayWire
import SecretMemory
import Vault

package enum InviteKind: UInt8, Hashable, Sendable {
  /// For one contact, who is accepted in advance.
  case single = 0
  /// For anyone who has the link; those who use it are strangers until they are accepted.
  case open = 1
}

enum InviteState: UInt8, Hashable, Sendable {
  /// Made here, and not at the relay, or not any more.
  case new = 0
  /// The relay admits its tag: the link may be shown.
  case registered = 1
  /// A contact owns it.
  case used = 2
  /// That contact has used its own slot since: the entry can go.
  case finished = 3
  /// The relay has dropped the entry.
  case retired = 4
}

/// An invite that still lets somebody in.
package struct OpenInvite: Hashable, Sendable {
  /// The row.
  package let id: Int64
  package let kind: InviteKind
  package let createdAt: WallTime
  package let expiresAt: WallTime
}

extension Messenger {
  /// The invites by which somebody can still come, oldest first.
  package func openInvites() throws -> [OpenInvite] {
    try vault.read { transaction in
      let states = [InviteState.new, .registered]
      return try states.flatMap { try transaction.invites(state: $0.rawValue) }
        .filter { $0.expiresAt > nowSeconds }.sorted { $0.id < $1.id }
        .compactMap { invite in
          InviteKind(rawValue: invite.kind).map {
            OpenInvite(
              id: invite.id, kind: $0, createdAt: WallTime(seconds: invite.createdAt),
              expiresAt: WallTime(seconds: invite.expiresAt))
          }
        }
    }
  }

  /// Takes an invite back: nobody comes by it any more, and the relay is told to drop its entry. Who has come stays.
  ///
  /// - Returns: false when there is no open invite in this row.
  package func revokeInvite(_ id: Int64) throws -> Bool {
    try vault.write { transaction in
      guard let invite = try transaction.invite(id: id), invite.state <= InviteState.registered.rawValue else {
        return false
      }
      try setInviteState(id, .finished, transaction)
      return true
    }
  }

  /// Makes an invite; its link is good once the relay has registered it (``inviteLink(_:)``).
  package func createInvite(_ kind: InviteKind) throws -> Int64 {
    let token: FixedBytes<16> = environment.randomness.fixed()
    return try vault.write { transaction in
      try transaction.insertInvite(
        InviteRecord(
          id: 0, tokenHash: tokenHash(token, transaction), kind: kind.rawValue, state: InviteState.new.rawValue,
          createdAt: nowSeconds, expiresAt: nowSeconds + Int64(AdmissionSchedule.inviteDays) * KeyLifetime.day,
          contactID: nil, body: []),
        token: SecretBytes(copying: token.array))
    }
  }

  /// The link of an invite, or nil while no relay has registered it.
  package func inviteLink(_ id: Int64) throws -> String? {
    try vault.read { transaction in
      guard let invite = try transaction.invite(id: id), invite.state >= InviteState.registered.rawValue,
        invite.state < InviteState.finished.rawValue, let mailbox = try homeMailboxes(transaction).first
      else { return nil }
      let token = try transaction.inviteToken(inviteID: id)
      return InviteLink(
        relay: try RelayAddress(validating: mailbox.host), account: own.account, token: try exposed(token),
        mailbox: mailbox.mailbox.bytes
      ).text
    }
  }

  func setInviteState(_ id: Int64, _ state: InviteState, contact: Int64? = nil, _ transaction: VaultTransaction) throws
  {
    guard var invite = try transaction.invite(id: id), invite.state < state.rawValue else { return }
    invite.state = state.rawValue
    if let contact { invite.contactID = contact }
    try transaction.updateInvite(invite)
  }

  /// The key under which a token is found. A token is a capability rather than a key: it passes through ordinary memory.
  func tokenHash(_ token: FixedBytes<16>, _ transaction: VaultTransaction) -> FixedBytes<16> {
    transaction.lookup(label: "invite token", token.array)
  }

  /// An invite that is over though nobody came by it was taken back; one for everybody is never over otherwise.
  private func isRevoked(_ invite: InviteRecord) -> Bool {
    invite.state >= InviteState.finished.rawValue && invite.contactID == nil
  }

  /// What the token of an introduction is worth.
  enum InviteClaim {
    /// A single-use invite that nobody has used, or that this very contact owns.
    case single(Int64)
    case open(Int64)
  }

  /// Looks a presented token up; nil for an unknown, expired or otherwise owned one.
  func claim(token: FixedBytes<16>, contact: Int64?, _ transaction: VaultTransaction) throws -> InviteClaim? {
    guard let invite = try transaction.invite(tokenHash: tokenHash(token, transaction)),
      !isRevoked(invite),
      // The envelope may have waited at the relay for its whole retention.
      nowSeconds <= invite.expiresAt + KeyLifetime.replayMemory
    else { return nil }
    if invite.kind == InviteKind.open.rawValue { return .open(invite.id) }
    guard invite.contactID == nil || invite.contactID == contact else { return nil }
    return .single(invite.id)
  }
}
