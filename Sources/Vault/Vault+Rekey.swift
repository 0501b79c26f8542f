import ByteLayout
package import Primitives
import SecretMemory

/// The durable steps of putting another protection in place, in their order.
package enum RekeyStep: CaseIterable, Hashable, Sendable {
  /// The new header is on the disk beside the old one, which still holds.
  case prepared
  /// The new header holds; the old one is still there under another name.
  case exchanged
  /// The old header is overwritten and removed.
  case finished
}

extension Vault {
  /// Wraps the master key of a closed vault under another protection: a new passphrase, a key file instead of one, or the
  /// same kind with a fresh salt.
  ///
  /// A crash at any instant leaves a vault that one of the two opens; the next opening or rekeying removes what is left.
  /// The master key stays: a copy of the old header still opens with the old protection.
  ///
  /// - Parameter reached: stops it in tests.
  /// - Throws: ``VaultError``; the old protection holds then, unless an error came after ``RekeyStep/exchanged``.
  package static func rekey(
    directory: String, from old: borrowing VaultProtection, to new: borrowing VaultProtection,
    randomness: any Randomness, reached: (RekeyStep) throws -> Void = { _ in }
  ) throws {
    let files = VaultFiles(directory: directory)
    guard PrivateFile.exists(files.header) else { throw VaultError.notFound }
    let lock = try VaultLock(path: files.lock)
    defer { lock.release() }
    try exchange(files, from: old, to: new, randomness: randomness, reached: reached)
  }

  /// As ``rekey(directory:from:to:randomness:reached:)``, for a vault that this process has open: it stays so.
  ///
  /// - Throws: ``VaultError``, ``VaultError/wrongKey`` when `old` is not what protects it.
  package func rekey(
    from old: borrowing VaultProtection, to new: borrowing VaultProtection, randomness: any Randomness
  ) throws {
    try Self.exchange(VaultFiles(directory: directory), from: old, to: new, randomness: randomness) { _ in }
  }

  /// Whoever calls holds the vault's lock.
  private static func exchange(
    _ files: VaultFiles, from old: borrowing VaultProtection, to new: borrowing VaultProtection,
    randomness: any Randomness, reached: (RekeyStep) throws -> Void
  ) throws {
    let directory = files.directory
    try removeRekeyRemains(files)
    let header = try VaultHeader(parsing: try PrivateFile.read(files.header, limit: VaultHeader.byteCount))
    guard old.kind == header.kind else { throw VaultError.invalidProtection(.otherKind(header.kind)) }
    let oldKey = try ProtectionKey.derive(old, cost: header.cost, salt: header.salt, directory: directory)
    let masterKey = try header.masterKey(protectionKey: oldKey)

    let salt = randomness.fixed(FixedBytes<16>.self)
    let cost: PassphraseKey.Cost? = new.kind == .passphrase ? .moderate : nil
    let newKey = try ProtectionKey.create(new, cost: cost, salt: salt, directory: directory, randomness: randomness)
    let next = try VaultHeader(
      wrapping: masterKey, kind: new.kind, cost: cost, salt: salt, protectionKey: newKey, randomness: randomness)
    try PrivateFile.create(files.nextHeader, next.bytes)
    try reached(.prepared)
    try PrivateFile.addName(files.header, as: files.oldHeader)
    try PrivateFile.rename(files.nextHeader, to: files.header)
    try reached(.exchanged)
    try removeRekeyRemains(files)
    try reached(.finished)
  }

  /// Overwrites and removes what a change of protection has left beside the header that holds.
  static func removeRekeyRemains(_ files: VaultFiles) throws(VaultError) {
    try PrivateFile.remove(files.nextHeader)
    guard PrivateFile.exists(files.oldHeader) else { return }
    // Both names of one file: the exchange had not happened, and what is there holds.
    if try !PrivateFile.isSame(files.oldHeader, files.header) {
      try PrivateFile.overwrite(files.oldHeader, at: 0, [UInt8](repeating: 0, count: VaultHeader.byteCount))
    }
    try PrivateFile.remove(files.oldHeader)
  }
}
