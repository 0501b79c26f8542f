/// What a simulation found to be wrong: the invariant, and where it broke.
package struct SimulationFailure: Error, Sendable, CustomStringConvertible {
  package let invariant: Invariant
  package let detail: String

  package var description: String { "\(invariant.rawValue): \(detail)" }
}

/// What holds in every run, whatever was injected.
package enum Invariant: String, Sendable {
  case nothingLost = "a message that a relay gave a receipt for is shown at its recipient"
  case nothingDoubled = "no message is shown twice"
  case nothingInvented = "nothing is shown that nobody said"
  case sameOrder = "both sides of a conversation show it in the same order"
  case sameTimer = "both sides of a conversation have the same timer"
  case expiredIsGone = "nothing whose time is over can be read"
  case openedOnce = "what is to be opened once is seen once"
  case takenBackIsGone = "what was deleted for everyone is shown by nobody"
  case editsAgree = "both sides show the same words of a message"
  case secretChatsAgree = "both sides of a secret chat agree"
  case statesGoForward = "the state of a message never goes back"
  case oneEventEach = "every message that arrived has one event"
  case everythingSettles = "nothing waits for ever"
  case failuresAreKnown = "a node refuses what it should refuse, and nothing else"
}
