import GRDB
package import Primitives
import SecretMemory

/// Why the vault refused. Carries places and codes, never data.
package enum VaultError: Error, Hashable, Sendable {
  /// There is no vault in this directory.
  case notFound
  /// There is a vault in this directory already.
  case alreadyExists
  /// Another process, or another part of this one, has it open. 0 when the holder has not written its number yet.
  case inUse(pid: Int32)
  /// The passphrase, key file or credential is not the one that protects this vault, or the header was altered.
  case wrongKey
  /// The way of protection cannot be used.
  case invalidProtection(ProtectionFault)
  /// A file or a value in it is damaged or was altered.
  case corrupt(CorruptPart)
  /// Written by a newer version.
  case unsupportedFormat
  /// The disk is full. Nothing of the transaction was kept.
  case storageFull
  /// The file system refused, with its `errno`.
  case fileSystem(code: Int32)
  /// SQLite refused, with its extended result code.
  case database(code: Int32)
  /// A unique value is there already: an account, a name, a token, a message id.
  case duplicate
  /// An identifier that was used before, even if its row is gone.
  case identifierUsed(UInt32)
  /// The record to change, or one that it refers to, is not there.
  case notStored
  /// An erasure cannot be a part of a larger transaction.
  case notAlone
  /// A number that the vault cannot hold: above 2⁶³ − 1, or zero where counting starts at one.
  case outOfRange
  /// A primitive refused for another reason than a wrong key: no locked memory, an unusable library.
  case primitive(PrimitiveError)

  /// What is wrong with a way of protection.
  package enum ProtectionFault: Hashable, Sendable {
    /// The vault is protected in another way.
    case otherKind(VaultProtectionKind)
    /// An empty passphrase.
    case emptyPassphrase
    /// Argon2id cost in the header below the floor or above the ceiling (C13).
    case costOutOfBounds
    /// The key file or credential is not there.
    case fileMissing
    /// It does not hold exactly 32 bytes.
    case fileSize(Int)
    /// It lies inside the vault's directory, where every copy of the vault would contain it.
    case fileInsideVault
    /// Others than its owner can reach the key file.
    case filePermissions
  }

  /// What is damaged.
  package enum CorruptPart: Hashable, Sendable {
    case header
    case erasureKey
    case database
    /// A sealed value does not open in this place: altered, moved, or its key is gone.
    case sealedValue(table: String, column: String, rowID: Int64)
  }
}

extension VaultError {
  /// What SQLite or GRDB reported, without statement or arguments.
  init(_ error: any Error) {
    if let error = error as? VaultError {
      self = error
      return
    }
    guard let error = error as? DatabaseError else {
      self = .corrupt(.database)
      return
    }
    switch error.extendedResultCode {
    case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_ROWID: self = .duplicate
    case .SQLITE_CONSTRAINT_FOREIGNKEY: self = .notStored
    default:
      switch error.resultCode {
      case .SQLITE_FULL: self = .storageFull
      case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(.database)
      default: self = .database(code: error.extendedResultCode.rawValue)
      }
    }
  }

  init(_ error: SecretMemoryError) { self = .primitive(.secretMemory(error)) }
}
