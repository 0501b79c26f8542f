import Messaging
import Node
import SecretMemory
import Vault

/// `store.*`: the vault.
enum StoreMethods {
  static let all = [check, reindex, rekey, adopt]

  private static let check = Method(
    "store.check", "Reads everything in the vault, and says whether it is whole.", scope: .admin,
    result: .object([
      .init("ok", .boolean, "Whether it is."), .init("problems", .array(.text()), "What is damaged, by table."),
    ])
  ) { call in
    do throws(VaultError) {
      try call.context.vault.check()
      return ["ok": true, "problems": []]
    } catch {
      guard case .corrupt(let part) = error else { throw error }
      return ["ok": false, "problems": [.string(name(of: part))]]
    }
  }

  private static let reindex = Method(
    "store.reindex", "Makes the index for message.search anew. Nothing is lost by it.", scope: .admin
  ) { call in
    try await call.change { try $0.rebuildSearchIndex() }
    // A step at a time, so that nothing waits for it.
    while try await call.change({ try $0.indexMessages() }) {}
    return [:]
  }

  // Takes no reference: the result would be kept beside a hash of two passphrases.
  private static let rekey = Method(
    "store.rekey",
    "Protects the vault by another passphrase, or by its key file. Copies from before still open with the old one.",
    scope: .admin,
    parameters: [
      .optional("old", .text(most: 1_024), "The passphrase that protects it; left away when the key file does."),
      .optional("new", .text(most: 1_024), "The passphrase that is to; left away for the key file."),
    ], errors: [.forbidden, .conflict, .notReady, .storageFull]
  ) { call in
    guard call.caller.mayNameFiles else {
      throw InterfaceError(.forbidden, "Passphrases are taken over the daemon's own socket only.")
    }
    guard let home = call.context.home else {
      throw InterfaceError(.notReady, "The protection of this vault cannot be changed here.")
    }
    do {
      try await rekey(call.context, home, old: call.optionalText("old"), new: call.optionalText("new"))
    } catch VaultError.wrongKey {
      throw InterfaceError(.conflict, "This passphrase does not open the vault.", details: ["reason": "wrong_key"])
    } catch VaultError.invalidProtection {
      throw InterfaceError(
        .conflict, "The vault is protected in another way, or the new passphrase is empty.",
        details: ["reason": "other_protection"])
    }
    return [:]
  }

  /// Takes a second or two of computing: beside everything else.
  @concurrent private static func rekey(
    _ context: InterfaceContext, _ home: NodeHome, old: String?, new: String?
  ) async throws {
    try home.rekey(
      context.vault, from: try secret(old), to: try secret(new), randomness: context.node.secretRandomness)
  }

  private static func secret(_ text: String?) throws -> SecretBytes? {
    guard let text else { return nil }
    return try SecretBytes(copying: Array(text.utf8))
  }

  private static let adopt = Method(
    "store.adopt", "Goes on with this copy of a vault as the only one, when its relay calls it a copy.", scope: .admin,
    parameters: [.optional("timeoutMs", .integer(0...600_000), "For the fresh sessions to be sent; 15000 without it.")],
    result: .object([
      .init("adopted", .boolean, "Whether it was taken over; false when it is no copy."),
      .init("left", .integer(0 ... .max), "What still waits to be sent."),
    ]), errors: [.relayUnreachable, .relayRejected], network: .interactive
  ) { call in
    let limit = Duration.milliseconds(call.integer("timeoutMs") ?? 15_000)
    let isAdopted = try await call.context.node.adoptVault(timeLimit: limit)
    return ["adopted": .bool(isAdopted), "left": .integer(try await call.read { try $0.outboxCount() })]
  }

  private static func name(of part: VaultError.CorruptPart) -> String {
    switch part {
    case .header: "header"
    case .erasureKey: "erasure_key"
    case .database: "database"
    case .sealedValue(let table, _, _): table
    }
  }
}
