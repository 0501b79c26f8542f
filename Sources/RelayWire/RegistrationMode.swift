/// Who may open a mailbox that a relay does not know yet. Mailboxes that are there are never affected.
package enum RegistrationMode: String, Hashable, Sendable, CaseIterable {
  case open
  /// Whoever has a token that the operator made (C16).
  case token
  case closed

  init(_ message: Sotto_Relay_V1_RegistrationMode) throws(WireError) {
    switch message {
    case .open: self = .open
    case .token: self = .token
    case .closed: self = .closed
    case .unspecified, .UNRECOGNIZED: throw .outOfRange(field: "registration")
    }
  }

  var message: Sotto_Relay_V1_RegistrationMode {
    switch self {
    case .open: .open
    case .token: .token
    case .closed: .closed
    }
  }
}
