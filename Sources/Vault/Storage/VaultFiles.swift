/// The files of a vault, all in its directory.
struct VaultFiles: Sendable {
  let directory: String

  /// The wrapped master key (C13).
  var header: String { directory + "/vault.header" }
  /// The header until everything else is there: without it there is no vault yet.
  var unfinishedHeader: String { directory + "/vault.header.new" }
  /// The header under another protection, until it takes the place of the one that holds.
  var nextHeader: String { directory + "/vault.header.next" }
  /// The header that held before, until it is overwritten.
  var oldHeader: String { directory + "/vault.header.old" }
  var database: String { directory + "/vault.sqlite" }
  /// The root of the key tree, in two slots (C13).
  var erasureKey: String { directory + "/erasure.key" }
  /// Who has it open.
  var lock: String { directory + "/vault.lock" }

  /// What a creation that did not finish leaves behind.
  var remains: [String] { [database, database + "-wal", database + "-shm", erasureKey, unfinishedHeader] }
}
