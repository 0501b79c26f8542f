package import ByteLayout
package import RelayWire
import Verification

/// Why no new mailbox was made.
package enum RegistrationRefusal: Hashable, Sendable {
  case closed
  /// No token, an unknown one, a spent one or one that is over: always this.
  case token
  /// The operator's tokens cannot be read now, so that nobody can tell whether this is one.
  case unreadable
}

/// A registration token as a relay knows it: by hash, with what the operator allowed.
package struct RegistrationGrant: Hashable, Sendable {
  /// H("Sotto_RegistrationToken_v1", token) (C16).
  package let hash: FixedBytes<32>
  /// Mailboxes that may be made with it, at least 1.
  package let uses: UInt32
  /// Unix seconds; it is good before.
  package let expiresAt: UInt64

  package init(hash: FixedBytes<32>, uses: UInt32, expiresAt: UInt64) {
    self.hash = hash
    self.uses = uses
    self.expiresAt = expiresAt
  }
}

/// Judges first openings, as pure functions.
package enum RegistrationRules {
  /// How a relay knows a token.
  package static func hash(_ token: RegistrationToken) -> FixedBytes<32> {
    ContentHash.labelled(RegistrationToken.label, token.bytes.array)
  }

  /// - Parameters:
  ///   - grant: what was found for the token that came; nil: none came, or it is unknown.
  ///   - used: mailboxes that were made with it.
  /// - Returns: why not; nil: the mailbox may be made.
  package static func refusal(
    _ mode: RegistrationMode, grant: RegistrationGrant?, used: UInt32, now: UInt64
  ) -> RegistrationRefusal? {
    switch mode {
    case .open: return nil
    case .closed: return .closed
    case .token:
      guard let grant, used < grant.uses, now < grant.expiresAt else { return .token }
      return nil
    }
  }
}
