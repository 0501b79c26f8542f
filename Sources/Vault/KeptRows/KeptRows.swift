import ByteLayout
import Foundation

/// What a transaction keeps in memory of the rows that it has read, and of its changes that are not written yet.
///
/// A batch of envelopes reads the same few rows and changes the same few rows again and again. Each is read once, and written
/// once: at the end, or before a statement that could tell the difference. Nobody outside of the transaction can.
struct KeptRows {
  /// A record, and whether the row is behind it.
  struct Kept<Record> {
    var record: Record
    var isChanged = false
  }

  /// The newest bucket of message keys, which has room.
  struct RoomyBucket {
    let bucket: Bucket
    var messageCount: Int64
  }

  /// More rows of a table than a batch of envelopes needs more than once; then all are forgotten, and read again.
  static let maximumCount = 1_024
  /// Ratchets are kept in locked memory, of which there is little.
  static let maximumRatchetCount = 32

  var peerDevices: [Int64: Kept<PeerDeviceRecord>] = [:]
  var peerDeviceIDs: [FixedBytes<16>: Int64] = [:]
  var conversations: [Int64: Kept<ConversationRecord>] = [:]
  /// By contact.
  var directConversations: [Int64: Int64] = [:]
  var ratchets: [Int64: Kept<any KeptRatchet>] = [:]
  var roomyBucket: RoomyBucket?
  /// The tables with changes that are not written.
  var unwritten: KeptTables = []

  /// Forgets the rows of these tables. Their changes must be written.
  mutating func forget(_ tables: KeptTables) {
    if tables.contains(.peerDevices) {
      peerDevices = [:]
      peerDeviceIDs = [:]
    }
    if tables.contains(.conversations) {
      conversations = [:]
      directConversations = [:]
    }
    if tables.contains(.archives) { ratchets = [:] }
    if tables.contains(.buckets) { roomyBucket = nil }
    unwritten.subtract(tables)
  }
}

/// The rows that statements about steady tables have given, for as long as nothing was written into those tables.
struct KnownRows {
  private struct Question: Hashable {
    let sql: String
    let arguments: [UInt8]
    let wantsAll: Bool
  }

  private struct Answer {
    let rows: [VaultRow]
    let tables: KeptTables
  }

  private var answers: [Question: Answer] = [:]

  /// The rows as they were read before, or as `read` reads them now.
  mutating func rows(
    _ sql: String, _ arguments: [(any VaultValue)?], _ scope: StatementScope, wantsAll: Bool,
    _ read: () throws -> [VaultRow]
  ) rethrows -> [VaultRow] {
    guard scope.isSteady else { return try read() }
    let question = Question(sql: sql, arguments: Self.bytes(arguments), wantsAll: wantsAll)
    if let known = answers[question] { return known.rows }
    let rows = try read()
    if answers.count >= KeptRows.maximumCount { answers = [:] }
    answers[question] = Answer(rows: rows, tables: scope.tables)
    return rows
  }

  /// Something was written into these tables.
  mutating func forget(_ tables: KeptTables) {
    guard !answers.isEmpty else { return }
    answers = answers.filter { $0.value.tables.isDisjoint(with: tables) }
  }

  mutating func forgetAll() { answers = [:] }

  /// Different for different arguments.
  private static func bytes(_ arguments: [(any VaultValue)?]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(20 * arguments.count)
    for argument in arguments { argument?.appendIdentity(to: &bytes) ?? bytes.append(0) }
    return bytes
  }
}
