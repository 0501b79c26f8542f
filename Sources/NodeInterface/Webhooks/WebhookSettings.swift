import Ambient
import Messaging
import Vault

/// What the vault keeps of a webhook, as JSON in its sealed body.
struct WebhookSettings: Sendable {
  var url: String
  /// The key of the signatures: the bytes of this text.
  var secret: String
  var types: [String]
  var chats: [Int64]
  var isInsecureAllowed: Bool
  /// Unix ms.
  let createdAt: Int64
  /// Goes up with every change by its owner: what was begun before is not gone on with.
  var revision: Int64
  /// Why nothing is sent any more; nil: it is.
  var disabled: String?
  /// What the last attempt came to, if it failed.
  var lastFailure: String?
  var retry = WebhookRetry()

  var filter: EventFilter { EventFilter(types: types, chats: Set(chats)) }

  /// The name of its reader among the events: no other reader's name has a colon.
  static func consumer(_ name: String) -> String { "webhook:" + name }
}

extension WebhookSettings {
  init(
    url: String, secret: String, types: [String], chats: [Int64], isInsecureAllowed: Bool, createdAt: Int64,
    revision: Int64
  ) {
    self.url = url
    self.secret = secret
    self.types = types
    self.chats = chats
    self.isInsecureAllowed = isInsecureAllowed
    self.createdAt = createdAt
    self.revision = revision
  }

  /// - Throws: ``VaultError`` when it is not what was written.
  init(_ body: [UInt8]) throws {
    let value: JSONValue
    do throws(JSONText.Refusal) { value = try JSONText.parse(body) } catch { throw VaultError.corrupt(.database) }
    guard let url = value["url"]?.string, let secret = value["secret"]?.string,
      let createdAt = value["createdAt"]?.integer, let revision = value["revision"]?.integer
    else { throw VaultError.corrupt(.database) }
    self.init(
      url: url, secret: secret, types: value["types"]?.array?.compactMap(\.string) ?? [],
      chats: value["chats"]?.array?.compactMap(\.integer) ?? [],
      isInsecureAllowed: value["insecure"]?.bool ?? false, createdAt: createdAt, revision: revision)
    disabled = value["disabled"]?.string
    lastFailure = value["lastFailure"]?.string
    retry = WebhookRetry(
      failures: Int(value["failures"]?.integer ?? 0), outageSince: value["outageSince"]?.integer ?? 0,
      nextAttemptAt: value["nextAttemptAt"]?.integer ?? 0)
  }

  var body: [UInt8] {
    JSONText.bytes(
      .object(present: [
        "url": .string(url), "secret": .string(secret), "types": .strings(types),
        "chats": .array(chats.map { .integer($0) }), "insecure": .bool(isInsecureAllowed),
        "createdAt": .integer(createdAt), "revision": .integer(revision), "disabled": disabled.map { .string($0) },
        "lastFailure": lastFailure.map { .string($0) }, "failures": .integer(retry.failures),
        "outageSince": .integer(retry.outageSince), "nextAttemptAt": .integer(retry.nextAttemptAt),
      ]))
  }
}

/// A webhook as it is in the vault now.
struct Webhook: Sendable {
  let id: Int64
  let owner: String
  let name: String
  var settings: WebhookSettings

  init(_ record: WebhookRecord) throws {
    id = record.id
    owner = record.owner
    name = record.name
    settings = try WebhookSettings(record.body)
  }

  /// Its reader among the events.
  var consumer: EventHub.Key { EventHub.Key(owner: owner, name: WebhookSettings.consumer(name)) }
}

/// What is known of an event that a receiver did not take.
struct DeadLetter: Sendable {
  let seq: Int64
  /// When it was given up, unix ms.
  var at: Int64
  /// What the last attempt came to.
  var reason: String
  /// Whether it is to be tried once more.
  var isDue: Bool

  init(seq: Int64, at: Int64, reason: String, isDue: Bool = false) {
    self.seq = seq
    self.at = at
    self.reason = reason
    self.isDue = isDue
  }

  init(_ record: DeadLetterRecord) throws {
    seq = record.seq
    let value: JSONValue
    do throws(JSONText.Refusal) { value = try JSONText.parse(record.body) } catch {
      throw VaultError.corrupt(.database)
    }
    at = value["at"]?.integer ?? 0
    reason = value["reason"]?.string ?? ""
    isDue = value["due"]?.bool ?? false
  }

  var record: DeadLetterRecord {
    DeadLetterRecord(
      seq: seq, body: JSONText.bytes(["at": .integer(at), "reason": .string(reason), "due": .bool(isDue)]))
  }
}
