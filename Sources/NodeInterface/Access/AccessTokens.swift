import Ambient
import ByteLayout
import Foundation
import Node
import Primitives
import Synchronization
import Vault

/// What callers show who are not this machine's user. The vault keeps a keyed hash of each secret, and what its bearer may
/// do; it is read again at every use, so that nothing has to be told of a revocation but those who wait.
package final class AccessTokens: Sendable {
  /// Tokens at once.
  static let most = 100
  /// What a secret begins with, so that people and scanners recognise one that has strayed.
  static let prefix = "sotto_"
  private static let secretByteCount = 32
  /// How often a token that will expire is looked at, at least.
  private static let checkInterval = Duration.seconds(3_600)

  private let vault: Vault
  private let clock: any WallClock
  private let randomness: any Randomness
  /// Rings when a token was revoked.
  private let bell = Doorbell()

  init(vault: Vault, clock: any WallClock, randomness: any Randomness) {
    self.vault = vault
    self.clock = clock
    self.randomness = randomness
  }

  /// Makes one. Its secret, `sotto_` and 64 digits, is told this once.
  ///
  /// - Throws: ``InterfaceError`` of the kind limit_reached, and what the vault throws.
  func create(name: String, scopes: Set<Scope>, expiresAt: Int64?) throws -> (token: AccessToken, secret: String) {
    let secret: FixedBytes<32> = randomness.fixed()
    let record = AccessTokenRecord(
      name: name, scopes: Scope.bits(scopes), createdAt: clock.now().seconds, expiresAt: expiresAt)
    let id = try vault.write { transaction in
      guard try transaction.accessTokens().count < Self.most else {
        throw InterfaceError(.limitReached, "There are \(Self.most) tokens: revoke one with token.revoke.")
      }
      return try transaction.insertAccessToken(record, secret: secret.array)
    }
    var stored = record
    stored.id = id
    return (AccessToken(stored), Self.prefix + Hexadecimal.encode(secret.array))
  }

  /// All of them, oldest first, also those that have expired.
  func list() throws -> [AccessToken] { try vault.read { try $0.accessTokens() }.map(AccessToken.init) }

  /// Ends a token, whatever its bearer is doing just now, and forgets who read events with it and where they were sent.
  ///
  /// - Returns: whether it was there.
  func revoke(_ id: Int64) throws -> Bool {
    let owner = AccessToken.callerID(id)
    let wasThere = try vault.write { transaction in
      for webhook in try transaction.webhooks() where webhook.owner == owner {
        _ = try transaction.deleteWebhook(owner: owner, name: webhook.name)
      }
      for consumer in try transaction.eventConsumers() where consumer.owner == owner {
        _ = try transaction.deleteEventConsumer(owner: owner, name: consumer.name)
      }
      return try transaction.deleteAccessToken(id: id)
    }
    bell.ring()
    return wasThere
  }

  /// Who shows this secret; nil for one that is unknown, revoked or expired: which of them is nobody's business.
  package func caller(secret text: String) throws -> Caller? {
    guard text.hasPrefix(Self.prefix), text.utf8.count == Self.prefix.utf8.count + 2 * Self.secretByteCount else {
      return nil
    }
    let digits = String(text.dropFirst(Self.prefix.utf8.count))
    let secret: [UInt8]
    do { secret = try Hexadecimal.decode(digits) } catch { return nil }  // What is not hexadecimal is no secret.
    guard let record = try vault.read({ try $0.accessToken(secret: secret) }) else { return nil }
    let token = AccessToken(record)
    return token.isExpired(at: clock.now()) ? nil : token.caller
  }

  /// Whether a caller may still do something: this machine's user always, a bearer while the token is there.
  package func isValid(_ callerID: String) throws -> Bool {
    guard isBearer(callerID) else { return true }
    return try token(callerID).map { !$0.isExpired(at: clock.now()) } ?? false
  }

  /// The token of a caller; nil for this machine's user, and for one that is revoked.
  func token(_ callerID: String) throws -> AccessToken? {
    guard let row = AccessToken.row(callerID) else { return nil }
    return try vault.read { try $0.accessToken(id: row) }.map(AccessToken.init)
  }

  /// Everybody but this machine's user, whatever their id looks like.
  private func isBearer(_ callerID: String) -> Bool { callerID != Caller.local.id }

  /// Does something for a caller, and stops it when the caller's token is revoked or expires.
  ///
  /// - Throws: ``InterfaceError`` of the kind unauthenticated then; what `body` throws otherwise.
  package func whileValid<Value: Sendable>(
    _ caller: Caller, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    guard isBearer(caller.id) else { return try await body() }
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await self.untilEnded(caller)
        return nil
      }
      defer { group.cancelAll() }
      guard let value = try await group.next() ?? nil else {
        throw InterfaceError(.unauthenticated, "The token was revoked or has expired.")
      }
      return value
    }
  }

  /// Returns when the caller's token is over; for this machine's user it never is.
  ///
  /// - Throws: `CancellationError`, and what the vault throws.
  package func untilEnded(_ caller: Caller) async throws {
    let listener = bell.listen()
    while !isBearer(caller.id) { try await listener.wait() }
    while let token = try token(caller.id) {
      let left = token.expiresAt.map { Duration.milliseconds($0 - self.clock.now().milliseconds) } ?? Self.checkInterval
      guard left > .zero else { return }
      try await listener.wait(for: min(left, Self.checkInterval))
    }
  }
}

/// A token, without its secret.
struct AccessToken: Hashable, Sendable {
  let id: Int64
  let name: String
  let scopes: Set<Scope>
  /// Unix milliseconds.
  let createdAt: Int64
  let expiresAt: Int64?

  init(_ record: AccessTokenRecord) {
    id = record.id
    name = record.name
    scopes = Scope.set(record.scopes)
    createdAt = record.createdAt * 1_000
    expiresAt = record.expiresAt
  }

  func isExpired(at time: WallTime) -> Bool { expiresAt.map { $0 <= time.milliseconds } ?? false }

  /// The caller that shows it. Names no files: it may be on another machine, or in a container.
  var caller: Caller { Caller(id: Self.callerID(id), scopes: scopes, mayNameFiles: false) }

  static func callerID(_ row: Int64) -> String { InterfaceID.token.text(row) }

  /// The row of a token, nil for a caller that has none.
  static func row(_ callerID: String) -> Int64? {
    do { return try InterfaceID.token.row(callerID, at: "caller") } catch { return nil }  // No token's id.
  }
}

extension Scope {
  /// Its place in a token: a contract with what is stored, new ones are added at the end.
  private static let places: [Scope] = [
    .read, .send, .contacts, .groups, .identity, .devices, .calls, .admin, .events,
  ]

  static func bits(_ scopes: Set<Scope>) -> UInt32 {
    places.enumerated().reduce(0) { scopes.contains($1.element) ? $0 | 1 << UInt32($1.offset) : $0 }
  }

  /// Bits that nobody knows here give no right.
  static func set(_ bits: UInt32) -> Set<Scope> {
    Set(places.enumerated().filter { bits & 1 << UInt32($0.offset) != 0 }.map(\.element))
  }
}
