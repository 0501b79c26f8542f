package import ByteLayout
import GRDB
package import RelayCore
import RelayWire

/// Decides whether a mailbox that the store does not know is made, and counts the use of a token in the same transaction.
struct Registration: Sendable {
  let mode: RegistrationMode
  let tokens: RegistrationTokenFile

  /// - Returns: why not; nil: make it, the token's use is counted.
  func register(_ token: RegistrationToken?, now: UInt64, _ database: Database) throws -> RegistrationRefusal? {
    var grant: RegistrationGrant?
    if mode == .token, let token {
      do throws(StoreError) { grant = try tokens.grant(of: RegistrationRules.hash(token)) } catch { return .unreadable }
    }
    let used = try grant.map { try Self.used($0.hash, database) } ?? 0
    if let refusal = RegistrationRules.refusal(mode, grant: grant, used: used, now: now) { return refusal }
    if let grant {
      try database.run(
        "INSERT INTO registration_use(hash, used) VALUES (?, 1) ON CONFLICT(hash) DO UPDATE SET used = used + 1",
        grant.hash.databaseValue)
    }
    return nil
  }

  static func used(_ hash: FixedBytes<32>, _ database: Database) throws -> UInt32 {
    try database.firstRow("SELECT used FROM registration_use WHERE hash = ?", hash.databaseValue)?.number(0) ?? 0
  }
}

/// How often tokens were used, for the operator's tool.
package enum RegistrationUses {
  /// Reads one snapshot; a relay may go on meanwhile.
  package static func read(
    directory: String, of hashes: [FixedBytes<32>]
  ) throws(StoreError) -> [FixedBytes<32>: UInt32] {
    do {
      let queue = try StoreReader.open(directory)
      // Only read from: closing has nothing to lose.
      defer { try? queue.close() }
      return try queue.read { database in
        try Dictionary(hashes.map { ($0, try Registration.used($0, database)) }) { first, _ in first }
      }
    } catch { throw StoreError(error) }
  }
}
