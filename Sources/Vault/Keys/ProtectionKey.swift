import ByteLayout
import Primitives
import SecretMemory

/// The key K of the header (C13): Argon2id of the passphrase, or the bytes of the key file or credential.
enum ProtectionKey {
  static let byteCount = 32

  /// The key for a vault that is being created; makes the key file when it is not there.
  static func create(
    _ protection: borrowing VaultProtection, cost: PassphraseKey.Cost?, salt: FixedBytes<16>, directory: String,
    randomness: any Randomness
  ) throws(VaultError) -> SecretBytes {
    switch protection {
    case .keyFile(let path):
      if !PrivateFile.exists(path) {
        try refuseInside(directory, path)
        try PrivateFile.create(path, secret: try randomness.vaultKey())
      }
    case .passphrase: break
    case .credential: break
    }
    return try derive(protection, cost: cost, salt: salt, directory: directory)
  }

  /// The key for a vault that exists.
  ///
  /// Not inlined: the optimiser of Swift 6.3.1 crashes where it merges this switch, over a value that cannot be copied,
  /// with the one of ``create(_:cost:salt:directory:randomness:)``.
  /// - Parameter cost: from the header, within its bounds; nil unless it is a passphrase.
  @inline(never)
  static func derive(
    _ protection: borrowing VaultProtection, cost: PassphraseKey.Cost?, salt: FixedBytes<16>, directory: String
  ) throws(VaultError) -> SecretBytes {
    switch protection {
    case .passphrase(let passphrase):
      guard passphrase.byteCount > 0 else { throw .invalidProtection(.emptyPassphrase) }
      guard let cost else { throw .corrupt(.header) }
      do { return try PassphraseKey.derive(passphrase: passphrase, salt: salt, cost: cost) } catch {
        throw .primitive(error)
      }
    case .keyFile(let path):
      guard let permissions = PrivateFile.permissions(path) else { throw .invalidProtection(.fileMissing) }
      try refuseInside(directory, path)
      guard permissions & 0o077 == 0 else { throw .invalidProtection(.filePermissions) }
      return try PrivateFile.readSecret(path, byteCount: byteCount)
    case .credential(let path):
      // Its permissions are the service manager's: an access list shows as group bits.
      guard PrivateFile.exists(path) else { throw .invalidProtection(.fileMissing) }
      try refuseInside(directory, path)
      return try PrivateFile.readSecret(path, byteCount: byteCount)
    }
  }

  private static func refuseInside(_ directory: String, _ path: String) throws(VaultError) {
    let vault = try PrivateFile.resolved(directory)
    // The file may not be there yet, and may be a link: look at where it is and at where it leads.
    var places = [try PrivateFile.resolved(PrivateFile.directory(of: path))]
    if PrivateFile.exists(path) { places.append(try PrivateFile.resolved(path)) }
    for place in places where place == vault || place.hasPrefix(vault + "/") {
      throw .invalidProtection(.fileInsideVault)
    }
  }
}
