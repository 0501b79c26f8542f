package import SecretMemory

/// What protects the master key of a vault (Docs/StorageAtRest.md).
package enum VaultProtection: ~Copyable, Sendable {
  /// Argon2id over a passphrase (UTF-8, not empty).
  case passphrase(SecretBytes)
  /// A file of exactly 32 random bytes outside the vault's directory. Made when the vault is created and it is not there.
  ///
  /// It protects copies of the vault, not the machine.
  case keyFile(path: String)
  /// A file of exactly 32 random bytes that somebody else provides: a systemd credential. Never made by the vault.
  case credential(path: String)

  /// The kind, as the header records it.
  package var kind: VaultProtectionKind {
    switch self {
    case .passphrase: .passphrase
    case .keyFile: .keyFile
    case .credential: .credential
    }
  }
}

/// The kinds of protection and their byte in the header (C13).
package enum VaultProtectionKind: UInt8, Hashable, Sendable {
  case passphrase = 1
  case keyFile = 2
  case credential = 3
}
