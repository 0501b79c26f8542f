import Messaging
package import RelayClient

/// Why the node could not do what it was asked.
package enum NodeError: Error, Sendable {
  /// A relay cannot be reached, or went away. What was to be sent is kept.
  case relayUnreachable(host: String)
  /// A relay answered, but not in a way that lets the node go on.
  case relay(host: String, RelayClientError)
  /// The relay makes no new mailbox: it needs a registration token, or takes nobody.
  case notRegistered(host: String, needsToken: Bool)
  /// The relay says that this vault is a copy, or an older state of another.
  case vaultCopied
  /// The time that was allowed is over; what was to be sent is kept.
  case timedOut

  /// For a person, what keeps a connection from being made, if the relay's network knows.
  package var connectionProblem: (host: String, explanation: String)? {
    guard case .relay(let host, let error) = self, let explanation = error.explanation else { return nil }
    return (host, explanation)
  }
}
