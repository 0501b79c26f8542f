/// What the program says by how it ends. A contract: scripts depend on it.
enum ExitStatus: Int32, Sendable {
  case succeeded = 0
  /// It could not be done, and none of the others says why.
  case failed = 1
  /// The command line was not understood.
  case usage = 2
  /// No daemon answers.
  case daemonUnreachable = 3
  /// The daemon does not let this caller do this.
  case notAllowed = 4
  /// Too many calls.
  case rateLimited = 5
  /// The devices of a contact have changed, or are not verified.
  case untrustedIdentity = 6
  /// There is no such contact, message or account.
  case notFound = 7
  /// Something is in the way: a name that is taken, an account that exists, a vault that is a copy.
  case conflict = 8
  /// A relay cannot be reached, or did not do what it should. What was to be sent is kept.
  case network = 9
  /// The vault is in use, damaged, locked by another key, or the disk is full.
  case storage = 10
  /// It took longer than it may. What was to be sent is kept.
  case timedOut = 11
  /// A part of what was asked for is done, and a part could not be.
  case partly = 12
  /// Ctrl-C.
  case interrupted = 130
}
