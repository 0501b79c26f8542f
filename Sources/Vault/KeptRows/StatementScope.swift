import Synchronization

/// Tables of which a transaction keeps rows in memory.
///
/// All of them are read for every envelope, and change for few of them, or change for every envelope in the same few rows.
enum KeptTable: String, CaseIterable {
  case contact
  case session
  case secretSession = "secret_session"
  case accountValue = "account_value"
  case deviceValue = "device_value"
  case peerTimer = "peer_timer"
  case peerCapability = "peer_capability"
  case healing
  case receivedAhead = "received_ahead"
  case retiredKey = "retired_key"
  case pendingOperation = "pending_operation"
  // Of these a transaction also keeps changes that it has not written yet.
  case peerDevice = "peer_device"
  case conversation
  case keyBucket = "key_bucket"
  /// A column, not a table: the ratchets of sessions.
  case archive
}

struct KeptTables: OptionSet {
  let rawValue: UInt32
  init(rawValue: UInt32) { self.rawValue = rawValue }
  init(_ table: KeptTable) {
    guard let index = KeptTable.allCases.firstIndex(of: table) else { preconditionFailure("every case is a case") }
    rawValue = 1 << UInt32(index)
  }

  static let peerDevices = Self(.peerDevice)
  static let conversations = Self(.conversation)
  static let buckets = Self(.keyBucket)
  static let archives = Self(.archive)
  /// Whose changes may wait.
  static let changing: Self = [.peerDevices, .conversations, .buckets, .archives]
  /// Whose rows others refer to, so that deleting one deletes rows of other tables.
  static let parents: Self = [Self(.contact), Self(.session), .peerDevices, .conversations]
}

/// What a statement has to do with the rows that a transaction keeps, read off its text.
struct StatementScope {
  /// The kept tables that it reads or writes.
  let tables: KeptTables
  /// Whether it is about kept tables only, of which none has changes that wait: what it gives can be kept.
  let isSteady: Bool
  /// Whether rows of other tables may go with what it deletes.
  let cascades: Bool

  private static let known = Mutex<[String: StatementScope]>([:])
  /// More statements than the vault has; those of the search index have a number in them.
  private static let maximumCount = 2_048

  /// The scope of a statement, read once for each text.
  static func of(_ sql: String) -> StatementScope {
    known.withLock { known in
      if let scope = known[sql] { return scope }
      if known.count >= maximumCount { known = [:] }
      let scope = StatementScope(reading: sql)
      known[sql] = scope
      return scope
    }
  }

  private init(reading sql: String) {
    var tables: KeptTables = []
    var namesOthers = false
    var expectsTable = false
    for word in sql.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }) {
      if word == KeptTable.archive.rawValue { tables.insert(.archives) }
      // Names are in small letters, so that `DO UPDATE SET` names no table.
      if expectsTable, word.first?.isLowercase == true {
        let table = KeptTable(rawValue: String(word))
        if let table { tables.insert(KeptTables(table)) }
        namesOthers = namesOthers || table == nil
      }
      expectsTable = ["FROM", "JOIN", "INTO", "UPDATE"].contains(word)
    }
    self.tables = tables
    isSteady = !namesOthers && !tables.isEmpty && tables.isDisjoint(with: .changing)
    cascades = sql.hasPrefix("DELETE") && !tables.isDisjoint(with: .parents)
  }
}
