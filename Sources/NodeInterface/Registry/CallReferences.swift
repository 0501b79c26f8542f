import Ambient
import ByteLayout
import Synchronization
import Vault
import Verification

/// A caller's own name for a call, hashed with what it calls.
struct CallReference: Hashable, Sendable {
  let hash: FixedBytes<16>
  let callHash: FixedBytes<32>
}

/// Calls that carry a reference of their caller are done once.
package final class CallReferences: Sendable {
  /// How long a result is kept: 30 days.
  static let keptSeconds: Int64 = 30 * 86_400

  private let vault: Vault
  private let clock: any WallClock
  private let underway = Mutex<Set<CallReference>>([])

  init(vault: Vault, clock: any WallClock) {
    self.vault = vault
    self.clock = clock
  }

  func reference(_ text: String, caller: Caller, method: String, _ parameters: [String: JSONValue]) -> CallReference {
    CallReference(
      hash: vault.lookup(label: "client reference", [UInt8](caller.id.utf8) + [0] + [UInt8](text.utf8)),
      callHash: ContentHash.sha256([UInt8](method.utf8) + [0] + JSONText.bytes(.object(parameters))))
  }

  /// The result of the call if it was done, with `duplicate`.
  ///
  /// - Throws: ``InterfaceError`` of the kind conflict when the reference was used for something else.
  func result(of reference: CallReference) throws -> JSONValue? {
    guard let record = try vault.read({ try $0.clientReference(hash: reference.hash) }) else { return nil }
    guard record.callHash == reference.callHash else {
      throw InterfaceError(.conflict, "This clientRef was used for another call.")
    }
    guard case .object(var members) = try JSONText.parse(record.result) else { return nil }
    members["duplicate"] = true
    return .object(members)
  }

  /// Keeps a result.
  func record(_ reference: CallReference, _ result: JSONValue) throws {
    let now = clock.now().seconds
    try vault.write { transaction in
      try transaction.insertClientReference(
        hash: reference.hash, keepUntil: now + Self.keptSeconds,
        ClientReferenceRecord(callHash: reference.callHash, result: JSONText.bytes(result)))
    }
  }

  /// Forgets what nobody may repeat any more.
  func removeOld() throws {
    let now = clock.now().seconds
    try vault.write { try $0.deleteClientReferences(before: now) }
  }

  /// Runs a call unless the same one is being done just now.
  func alone<Value>(_ reference: CallReference, _ body: () async throws -> Value) async throws -> Value {
    guard underway.withLock({ $0.insert(reference).inserted }) else {
      throw InterfaceError(.notReady, "The same call is being done just now.", retryAfterMilliseconds: 100)
    }
    defer { underway.withLock { _ = $0.remove(reference) } }
    return try await body()
  }
}
