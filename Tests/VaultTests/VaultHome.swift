import ByteLayout
import Foundation
import GRDB
import Primitives
import SecretMemory
import Vault

/// A vault's directory with a key file beside it, both gone when the test ends.
final class VaultHome {
  let base: String
  var directory: String { base + "/vault" }
  var keyFile: String { base + "/key" }
  var database: String { directory + "/vault.sqlite" }
  var erasureKey: String { directory + "/erasure.key" }
  var header: String { directory + "/vault.header" }

  init() throws {
    base = NSTemporaryDirectory() + "sotto-vault-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: base) }

  func create(gate: (any CommitGate)? = nil) throws -> Vault {
    try Vault.create(
      directory: directory, protection: .keyFile(path: keyFile), randomness: try SystemRandomness(), commitGate: gate)
  }

  func open(gate: (any CommitGate)? = nil) throws -> Vault {
    try Vault.open(
      directory: directory, protection: .keyFile(path: keyFile), randomness: try SystemRandomness(), commitGate: gate)
  }

  /// The whole directory as it is now, in a home of its own: what a crash or a thief would leave.
  func copy() throws -> VaultHome {
    let copy = try VaultHome()
    try FileManager.default.copyItem(atPath: directory, toPath: copy.directory)
    try FileManager.default.copyItem(atPath: keyFile, toPath: copy.keyFile)
    return copy
  }

  /// Runs SQL on the closed vault, as someone with the disk in hand would.
  func tamper(_ sql: String) throws {
    let queue = try DatabaseQueue(path: database)
    try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA foreign_keys = OFF; \(sql)") }
    try queue.close()
  }

  /// The values of one column of one row.
  func blobs(_ sql: String) throws -> [Data] {
    let queue = try DatabaseQueue(path: database)
    defer { try? queue.close() }
    return try queue.read { try Data.fetchAll($0, sql: sql) }
  }

  /// Every file of the vault, and the key file's neighbours are none of it.
  func files() throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
      files[name] = try Data(contentsOf: URL(fileURLWithPath: directory + "/" + name))
    }
    return files
  }

  /// In which files the bytes occur.
  func filesContaining(_ bytes: some Collection<UInt8>) throws -> [String] {
    let needle = Data(bytes)
    return try files().filter { $0.value.range(of: needle) != nil }.keys.sorted()
  }

  /// Changes a file's bytes.
  func edit(_ path: String, _ change: (inout [UInt8]) -> Void) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    change(&bytes)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }
}

/// A secret with known bytes.
func secret(_ text: String) throws -> SecretBytes { try SecretBytes(copying: [UInt8](text.utf8)) }

/// The bytes of a secret, for comparing.
func bytes(_ secret: borrowing SecretBytes) -> [UInt8] {
  secret.withBytes { span in span.withUnsafeBytes { [UInt8]($0) } }
}

/// A hash that depends on the number only.
func hash(_ number: Int) -> FixedBytes<16> {
  var hash = FixedBytes<16>()
  withUnsafeBytes(of: UInt64(number).bigEndian) { for index in 0..<8 { hash[index] = $0[index] } }
  hash[15] = 0xAA
  return hash
}

extension VaultTransaction {
  /// A contact with a number.
  func addContact(_ number: Int) throws -> Int64 {
    try insertContact(
      ContactRecord(
        accountHash: hash(number), nameHash: hash(1_000_000 + number), createdAt: 7, status: 1, body: [1, 2, 3]))
  }

  /// A contact, its conversation and one peer device.
  func addConversation() throws -> (contact: Int64, conversation: Int64, device: Int64) {
    let contact = try addContact(1)
    let conversation = try insertConversation(
      ConversationRecord(contactID: contact, createdAt: 1, lastMessageAtMilliseconds: 1, body: []))
    let device = try insertPeerDevice(
      PeerDeviceRecord(contactID: contact, deviceNumber: 1, keyHash: hash(1), body: []))
    return (contact, conversation, device)
  }

  /// An incoming message with its text.
  @discardableResult
  func addMessage(_ number: Int, in conversation: Int64, _ text: String) throws -> Int64 {
    try insertMessage(
      MessageRecord(
        conversationID: conversation, midHash: hash(number), direction: .incoming, contentKind: 1,
        sentAtMilliseconds: Int64(number), state: 0),
      content: [UInt8](text.utf8))
  }
}

/// The text of a secret that must be there.
func held(_ secret: consuming SecretBytes?) throws -> String {
  guard let secret = secret.take() else { throw VaultError.notStored }
  return String(decoding: bytes(secret), as: UTF8.self)
}

/// Whether there is no secret.
func isMissing(_ secret: consuming SecretBytes?) throws -> Bool {
  secret == nil
}
