import Foundation
import ProcessSupport

/// Someone who runs the real `sotto` in a home and a configuration folder of their own.
final class Person: Sendable {
  let name: String
  /// The vault's folder.
  let home: String
  /// Where the key file is.
  let configuration: String
  /// Where files are saved, and what else a test needs.
  let folder: TemporaryFolder
  private let variables: [String: String]

  init(_ name: String, variables: [String: String] = [:]) throws {
    self.name = name
    folder = try TemporaryFolder()
    home = folder.path(of: "home")
    configuration = folder.path(of: "configuration")
    self.variables = variables
  }

  /// The same person in another home: what a copy of the vault runs as.
  init(_ person: Person, home: String, variables: [String: String]) {
    name = person.name
    folder = person.folder
    self.home = home
    configuration = person.configuration
    self.variables = variables
  }

  /// A new account at `relay`.
  static func atRelay(
    _ relay: RunningRelay, _ name: String, variables: [String: String] = [:]
  ) async throws -> Person {
    let person = try Person(name, variables: variables)
    _ = try await person.succeed(["init", "--relay", relay.url, "--name", name])
    return person
  }

  private var environment: [String: String] {
    ["SOTTO_HOME": home, "XDG_CONFIG_HOME": configuration, "SOTTO_RECEIPTS": "instant"]
      .merging(variables) { $1 }
  }

  /// Starts a command and does not wait for it.
  func start(_ arguments: [String]) throws -> RunningProcess {
    try RunningProcess("sotto", arguments, environment: environment)
  }

  /// Runs a command to its end.
  func run(_ arguments: [String]) async throws -> FinishedProcess {
    try await RunningProcess.run("sotto", arguments, environment: environment)
  }

  /// Runs a command that must succeed, and returns what it printed.
  @discardableResult
  func succeed(_ arguments: [String]) async throws -> String {
    let finished = try await run(arguments)
    guard finished.exit == .code(0) else {
      throw Unexpected(
        "\(name): sotto \(arguments.first ?? "") ended with \(finished.exit): \(finished.standardError)")
    }
    return finished.standardOutput
  }

  /// Runs a command that prints JSON objects, one a line.
  func objects<Object: Decodable>(_ arguments: [String], as type: Object.Type = Object.self) async throws -> [Object] {
    try await succeed(arguments + ["--json"]).split(separator: "\n").map {
      try JSONDecoder().decode(Object.self, from: Data($0.utf8))
    }
  }

  func messages(with contact: String) async throws -> [Message] { try await objects(["messages", contact]) }

  func whoAmI() async throws -> Account {
    guard let account = try await objects(["whoami"], as: Account.self).first else { throw Unexpected("no account") }
    return account
  }

  func contacts() async throws -> [ContactLine] { try await objects(["contact", "list"]) }

  func invite(_ options: [String] = []) async throws -> String {
    try await succeed(["invite"] + options).trimmingCharacters(in: .newlines)
  }

  /// Takes an invite of `other` and lets the introduction arrive.
  func meet(_ other: Person) async throws {
    try await succeed(["contact", "add", try await other.invite(), "--as", other.name])
    try await other.succeed(["receive"])
  }
}

/// Something that a test did not expect, in words.
struct Unexpected: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// `messages --json` and `receive --json`: a message as the interface describes it.
struct Message: Decodable, Hashable {
  struct File: Decodable, Hashable {
    let name: String
    let mime: String
    let size: Int
  }

  private struct Content: Decodable, Hashable {
    let text: String?
    let attachments: [File]?
    let viewOnce: String?
  }

  private enum CodingKeys: String, CodingKey {
    case id = "message"
    case contact = "name"
    case content, direction, gone, state, snippet, sentAt, storedAt, deliveredAt, readAt
  }

  let id: String
  let contact: String
  let direction: String
  let state: String
  private let content: Content?
  let gone: String?
  let snippet: String?
  let sentAt: Int
  let storedAt: Int?
  let deliveredAt: Int?
  let readAt: Int?

  var text: String { content?.text ?? "" }
  var file: File? { content?.attachments?.first }
  var viewOnce: String? { content?.viewOnce }
}

/// `whoami --json`.
struct Account: Decodable, Hashable {
  let accountId: String
  let address: String
  let device: Int
  let deviceKey: String
  let mailbox: String
  let name: String
}

/// `contact list --json`.
struct ContactLine: Decodable, Hashable {
  let accountId: String
  let name: String
  let status: String
  let verified: Bool
}
