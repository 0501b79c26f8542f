import Vault

/// One pass of a shell through what is due in the outbox, in the order in which it became due.
///
/// A row that cannot be sent now is passed over once and not looked at again before the next round, so that one unreachable
/// contact, or thousands, keep nothing else waiting.
package struct SenderRound: Sendable {
  /// Relays that the shell has just failed to reach; their rows wait.
  package var unreachableHosts: Set<String>
  /// How many rows this round has looked at.
  package private(set) var examined = 0
  private(set) var position = OutboxPosition.start

  package init(unreachableHosts: Set<String> = []) { self.unreachableHosts = unreachableHosts }

  mutating func pass(_ row: OutboxRecord) {
    position = row.position
    examined += 1
  }

  /// Begins the next round, with the same relays unreachable.
  package mutating func restart() {
    position = .start
    examined = 0
  }
}
