import Primitives
import SecretMemory
import Vault

extension CommandFailure {
  static let emptyPassphrase = Self(.invalidProtection(.emptyPassphrase))

  static func noSecretMemory(_ error: SecretMemoryError) -> Self { Self(.primitive(.secretMemory(error))) }

  init(_ error: VaultError) {
    switch error {
    case .notFound:
      self.init(.notFound, "There is no vault in this home.", next: "Make an account with 'sotto init --relay URL'.")
    case .alreadyExists:
      self.init(.conflict, "There is a vault in this home already.", next: "See whose it is with 'sotto whoami'.")
    case .inUse(let pid):
      let holder = pid > 0 ? "process \(pid)" : "another process"
      self.init(
        .storage, "This home is in use by \(holder).",
        next: "Wait until it ends, or end it (a 'sotto receive --follow' ends with Ctrl-C), and repeat the command.")
    case .wrongKey:
      self.init(
        .storage, "The passphrase or key file is not the one of this vault.",
        next: "Try again. Nothing was changed, and nobody can open the vault without it.")
    case .invalidProtection(let fault): self.init(fault)
    case .corrupt(let part):
      self.init(
        .storage, "The vault is damaged: \(Self.name(of: part)) cannot be read.",
        next: "Restore the whole folder from a backup, or begin again with another home.")
    case .unsupportedFormat:
      self.init(.storage, "A newer version of sotto has written this vault.", next: "Use that version.")
    case .storageFull:
      self.init(.storage, "The disk is full; nothing was changed.", next: "Make room, and repeat the command.")
    case .fileSystem(let code):
      self.init(
        .storage, "The file system refused (errno \(code)).",
        next: "Check that the folder of the home and the one of the key file are yours and can be written.")
    case .primitive:
      self.init(
        .storage, "Keys cannot be handled safely on this machine: no locked memory, or an unusable libsodium.",
        next: "Raise the limit of locked memory ('ulimit -l 65536') and keep libsodium up to date.")
    case .database(let code):
      self.init(.storage, "The vault's database refused (code \(code)).", next: "Repeat the command.")
    case .duplicate, .identifierUsed, .notStored, .outOfRange, .notAlone:
      self.init(
        .storage, "The vault refused a record that contradicts what it holds; nothing was changed.",
        next: "Please report this, with the command but without any names or texts.")
    }
  }

  private init(_ fault: VaultError.ProtectionFault) {
    switch fault {
    case .otherKind(.passphrase):
      self.init(
        .usage, "A passphrase protects this vault.", next: "Give it at the prompt, or with --passphrase-file FILE.")
    case .otherKind:
      self.init(
        .usage, "A key file protects this vault, not a passphrase.",
        next: "Leave --passphrase and --passphrase-file away.")
    case .emptyPassphrase:
      self.init(.usage, "The passphrase is empty.", next: "Give one that nobody guesses: six random words are good.")
    case .costOutOfBounds:
      self.init(
        .storage, "The vault's header asks for an absurd amount of work.",
        next: "Someone may have changed it: restore vault.header from a backup.")
    case .fileMissing:
      self.init(
        .storage, "The key file of this vault is not there.",
        next:
          "Put it back into the configuration folder, or name it with SOTTO_KEY_FILE. Without it the vault stays closed."
      )
    case .fileSize(let count):
      self.init(
        .storage, "The key file has \(count) bytes and not 32.",
        next: "Put the right one back, or name it with SOTTO_KEY_FILE.")
    case .fileInsideVault:
      self.init(
        .usage, "The key file lies inside the home, where every copy of the vault would contain it.",
        next: "Put it elsewhere, and name it with SOTTO_KEY_FILE.")
    case .filePermissions:
      self.init(
        .storage, "Others can read the key file.",
        next: "Take it back with 'chmod 600', and think about who has seen it.")
    }
  }

  private static func name(of part: VaultError.CorruptPart) -> String {
    switch part {
    case .header: "vault.header"
    case .erasureKey: "erasure.key"
    case .database: "vault.sqlite"
    case .sealedValue(let table, _, _): "a value of '\(table)'"
    }
  }
}
