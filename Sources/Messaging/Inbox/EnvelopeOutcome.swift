import ByteLayout
import Vault

/// What one envelope came to.
enum EnvelopeOutcome: Hashable, Sendable {
  case accepted
  case duplicate
  case dropped
  /// Authentic, but no key for it is left. The suspect is kept, if there is one.
  case undecryptable(Suspect?)
  /// It carries device lists of a contact that were not taken over: dropped, and the lists are judged on their own.
  case disputed(contact: Int64, lists: [UInt8])

  /// Something that a repair may start from: an accepted contact's pinned device has sent it.
  struct Suspect: Hashable, Sendable {
    let sessionID: FixedBytes<16>
    /// By the relay, unix seconds.
    let storedAt: Int64
    let record: QuarantineRecord
  }

  /// Whether nothing more will come of it.
  var isSettled: Bool {
    if case .undecryptable = self { return false }
    return true
  }
}
