import Vault

/// `store.*`: the vault.
enum StoreMethods {
  static let all = [check]

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

  private static func name(of part: VaultError.CorruptPart) -> String {
    switch part {
    case .header: "header"
    case .erasureKey: "erasure_key"
    case .database: "database"
    case .sealedValue(let table, _, _): table
    }
  }
}
