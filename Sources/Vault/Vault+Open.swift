import ByteLayout
import GRDB
package import Primitives
import SecretMemory

extension Vault {
  /// Whether there is a vault in this directory, and what protects it: whether a passphrase must be asked for.
  ///
  /// - Throws: ``VaultError/notFound``, ``VaultError/corrupt(_:)``, ``VaultError/unsupportedFormat``,
  ///   ``VaultError/invalidProtection(_:)``.
  package static func protectionKind(directory: String) throws(VaultError) -> VaultProtectionKind {
    try readHeader(VaultFiles(directory: directory)).kind
  }

  /// Makes a vault with a new random master key.
  ///
  /// The header gets its name last: a creation that a crash cut short is begun again by the next call.
  ///
  /// - Parameters:
  ///   - directory: made if it is missing; 0700 afterwards.
  ///   - commitGate: stops commits in tests.
  /// - Throws: ``VaultError``.
  package static func create(
    directory: String, protection: borrowing VaultProtection, randomness: any Randomness,
    commitGate: (any CommitGate)? = nil
  ) throws(VaultError) -> Vault {
    let files = VaultFiles(directory: directory)
    try PrivateFile.makeDirectory(directory)
    let lock = try VaultLock(path: files.lock)
    guard !PrivateFile.exists(files.header) else { throw .alreadyExists }
    if PrivateFile.exists(files.unfinishedHeader) {
      for path in files.remains { try PrivateFile.remove(path) }
    }
    // A database without any header was a vault once: refuse to put another one over it.
    for path in files.remains where PrivateFile.exists(path) { throw .corrupt(.header) }

    let salt = randomness.fixed(FixedBytes<16>.self)
    let kind = protection.kind
    let cost: PassphraseKey.Cost? = kind == .passphrase ? .moderate : nil
    let protectionKey = try ProtectionKey.create(
      protection, cost: cost, salt: salt, directory: directory, randomness: randomness)
    let masterKey = try randomness.vaultKey()
    let header = try VaultHeader(
      wrapping: masterKey, kind: kind, cost: cost, salt: salt, protectionKey: protectionKey, randomness: randomness)
    try PrivateFile.create(files.unfinishedHeader, header.bytes)

    let keys = try KeySchedule(masterKey: masterKey)
    let root = try randomness.vaultKey()
    try ErasureKeyFile(path: files.erasureKey).create(root: root, generation: 1, keys: keys, randomness: randomness)
    // Made here and empty, so that SQLite finds it with its permissions and gives them to its log.
    try PrivateFile.create(files.database, [])
    let queue = try VaultConnection.open(files.database)
    do {
      try queue.write { try $0.execute(sql: "INSERT INTO vault_state (id, erasure_generation) VALUES (1, 1)") }
    } catch { throw VaultError(error) }
    try PrivateFile.rename(files.unfinishedHeader, to: files.header)
    return Vault(
      files: files, kind: kind, lock: lock, queue: queue, keys: keys, root: ErasureRoot(root, generation: 1),
      randomness: randomness, commitGate: commitGate)
  }

  /// Opens a vault, and finishes an erasure that a crash cut short.
  ///
  /// - Parameter commitGate: stops commits in tests.
  /// - Throws: ``VaultError``.
  package static func open(
    directory: String, protection: borrowing VaultProtection, randomness: any Randomness,
    commitGate: (any CommitGate)? = nil
  ) throws(VaultError) -> Vault {
    let files = VaultFiles(directory: directory)
    let header = try readHeader(files)
    let lock = try VaultLock(path: files.lock)
    try removeRekeyRemains(files)
    guard protection.kind == header.kind else { throw .invalidProtection(.otherKind(header.kind)) }
    let protectionKey = try ProtectionKey.derive(
      protection, cost: header.cost, salt: header.salt, directory: directory)
    let keys = try KeySchedule(masterKey: try header.masterKey(protectionKey: protectionKey))

    guard PrivateFile.exists(files.database) else { throw .corrupt(.database) }
    let queue = try VaultConnection.open(files.database)
    let generation = try storedGeneration(queue)
    let erasureKeyFile = ErasureKeyFile(path: files.erasureKey)
    let root = try erasureKeyFile.root(generation: generation, keys: keys)
    let vault = Vault(
      files: files, kind: header.kind, lock: lock, queue: queue, keys: keys,
      root: ErasureRoot(root, generation: generation), randomness: randomness, commitGate: commitGate)
    if try erasureKeyFile.hasOther(than: generation) {
      do { try vault.removeTraces() } catch { throw VaultError(error) }
    }
    return vault
  }

  private static func readHeader(_ files: VaultFiles) throws(VaultError) -> VaultHeader {
    guard PrivateFile.exists(files.header) else { throw .notFound }
    return try VaultHeader(parsing: try PrivateFile.read(files.header, limit: VaultHeader.byteCount))
  }

  private static func storedGeneration(_ queue: DatabaseQueue) throws(VaultError) -> UInt64 {
    do {
      return try queue.read { database in
        guard
          let row = try VaultStatement.bound("SELECT erasure_generation FROM vault_state WHERE id = 1", [], database)
            .next()
        else { throw VaultError.corrupt(.database) }
        return try row.uint64(0)
      }
    } catch { throw VaultError(error) }
  }
}
