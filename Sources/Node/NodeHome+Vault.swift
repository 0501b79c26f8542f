import Foundation
package import Primitives
package import SecretMemory
package import Vault

extension NodeHome {
  /// What protects the vault, nil when there is none yet.
  ///
  /// - Throws: ``VaultError``.
  package func protectionKind() throws(VaultError) -> VaultProtectionKind? {
    do { return try Vault.protectionKind(directory: directory) } catch VaultError.notFound { return nil }
  }

  /// Makes the vault.
  ///
  /// - Parameter passphrase: without one the key file protects it, which is made if it is not there.
  /// - Throws: ``VaultError``.
  package func createVault(
    passphrase: consuming SecretBytes?, randomness: any Randomness
  ) throws(VaultError) -> Vault {
    let protection = protection(passphrase)
    if protection.kind == .keyFile { try makeKeyFolder() }
    return try Vault.create(directory: directory, protection: protection, randomness: randomness)
  }

  /// Opens the vault; one process at a time may.
  ///
  /// - Throws: ``VaultError``.
  package func openVault(
    passphrase: consuming SecretBytes?, randomness: any Randomness
  ) throws(VaultError) -> Vault {
    try Vault.open(directory: directory, protection: protection(passphrase), randomness: randomness)
  }

  /// Wraps the vault's key anew.
  ///
  /// - Parameters:
  ///   - old: the passphrase that opens it; nil: the key file.
  ///   - new: the passphrase that is to open it; nil: the key file, made if it is not there.
  package func rekeyVault(
    from old: consuming SecretBytes?, to new: consuming SecretBytes?, randomness: any Randomness
  ) throws {
    let oldProtection = protection(old)
    let newProtection = protection(new)
    if newProtection.kind == .keyFile { try makeKeyFolder() }
    try Vault.rekey(directory: directory, from: oldProtection, to: newProtection, randomness: randomness)
  }

  /// As ``rekeyVault(from:to:randomness:)``, for a vault of this home that is open.
  package func rekey(
    _ vault: Vault, from old: consuming SecretBytes?, to new: consuming SecretBytes?, randomness: any Randomness
  ) throws {
    let oldProtection = protection(old)
    let newProtection = protection(new)
    if newProtection.kind == .keyFile { try makeKeyFolder() }
    try vault.rekey(from: oldProtection, to: newProtection, randomness: randomness)
  }

  private func protection(_ passphrase: consuming SecretBytes?) -> VaultProtection {
    switch consume passphrase {
    case .some(let passphrase): .passphrase(passphrase)
    case .none: .keyFile(path: keyFile)
    }
  }

  /// The folder of the key file, for its owner only if it has to be made.
  private func makeKeyFolder() throws(VaultError) {
    let folder = URL(fileURLWithPath: keyFile).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .fileSystem(code: errno)
    }
  }
}
