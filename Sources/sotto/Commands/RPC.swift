import ArgumentParser
import Foundation
import Node
import NodeInterface
import NodeServer

/// `sotto rpc`: any method of a running daemon.
struct RPC: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rpc",
    abstract: "Call a method of the running daemon.",
    discussion: """
        sotto rpc system.info
        sotto rpc contact.list query=bob
        sotto rpc message.send chat=ch_1 content:='{"text":"Grüezi"}' wait=relay
        sotto rpc message.send chat=ch_1 content:=@content.json

      NAME=TEXT gives a text, NAME:=JSON any other value, and @FILE in place of either reads it from a file. \
      'sotto rpc rpc.discover' lists all methods.

      How it ends: 0 done, 3 no daemon, 4 not allowed, 5 too many calls, 6 untrusted identity, 7 not found or gone, 8 \
      conflict, 9 relay, 10 storage, 11 took too long, 1 anything else.
      """)

  @Argument(help: "Such as message.send.", completion: .list(MethodRegistry.standard.methods.map(\.name)))
  var method: String

  @Argument(help: ArgumentHelp("NAME=TEXT, NAME:=JSON, NAME=@FILE, NAME:=@FILE.", valueName: "parameter"))
  var parameters: [String] = []

  @Flag(help: "Print the result on one line.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let parameters = try RPCParameters.parse(parameters)
    let path = try home.socketPath()
    do {
      let result = try await DaemonClient.connect(path: path).call(method, parameters)
      try Output.line(json ? String(decoding: JSONText.bytes(result), as: UTF8.self) : JSONText.pretty(result))
    } catch let error as DaemonClientError { throw CommandFailure(error, path: path) }
  }
}

/// The parameters of `sotto rpc`.
enum RPCParameters {
  static func parse(_ arguments: [String]) throws(CommandFailure) -> [String: JSONValue] {
    var parameters: [String: JSONValue] = [:]
    for argument in arguments {
      guard let equals = argument.firstIndex(of: "=") else { throw failure(argument) }
      var name = argument[..<equals]
      let isJSON = name.last == ":"
      if isJSON { name = name.dropLast() }
      var text = String(argument[argument.index(after: equals)...])
      if text.hasPrefix("@") { text = try content(of: String(text.dropFirst())) }
      guard !name.isEmpty, parameters[String(name)] == nil else { throw failure(argument) }
      parameters[String(name)] = isJSON ? try value(text, argument) : .string(text)
    }
    return parameters
  }

  private static func value(_ text: String, _ argument: String) throws(CommandFailure) -> JSONValue {
    do throws(JSONText.Refusal) { return try JSONText.parse(text.utf8) } catch { throw failure(argument) }
  }

  private static func content(of path: String) throws(CommandFailure) -> String {
    guard let data = FileManager.default.contents(atPath: path), data.count <= JSONText.maximumByteCount,
      let text = String(data: data, encoding: .utf8)
    else {
      throw CommandFailure(
        .usage, "\(ShownText.path(path)) cannot be read as text of at most 1 MiB.", next: "Check its path.")
    }
    return text
  }

  private static func failure(_ argument: String) -> CommandFailure {
    CommandFailure(
      .usage, "This is no parameter: \(ShownText.path(String(argument.prefix(64)))).",
      next: "Write NAME=TEXT for a text, and NAME:=JSON for anything else, each name once.")
  }
}

extension CommandFailure {
  /// What a daemon, or its absence, means to a person.
  init(_ error: DaemonClientError, path: String) {
    switch error {
    case .unreachable:
      self.init(
        .daemonUnreachable, "No daemon answers at \(ShownText.path(path)).",
        next: "Start one with 'sotto daemon', or name its socket with --socket or SOTTO_SOCKET.")
    case .ended:
      self.init(.daemonUnreachable, "The daemon has ended the connection.", next: "Repeat the command.")
    case .refused(let error):
      let kind = ErrorKind(rawValue: error["data"]?["kind"]?.string ?? "") ?? .internalError
      self.init(
        ExitStatus(kind, reason: error["data"]?["reason"]?.string),
        "\(error["message"]?.string ?? "") (\(kind.rawValue), \(kind.code))",
        next: Self.next(kind, error["data"] ?? .null))
    }
  }
}

extension CommandFailure {
  /// What to do about a refused call.
  private static func next(_ kind: ErrorKind, _ data: JSONValue) -> String {
    switch (kind, data["reason"]?.string) {
    case (_, "vault_copied"): vaultCopied.next
    case (_, "name_taken"): "Choose another name with --as NAME."
    case (_, "own_invite"): "Send it to the person who is to write to you."
    case (_, "already_contact"): "Write to them with 'sotto send'."
    case (_, "not_failed"): "See how far it is with 'sotto messages NAME'."
    case (_, "nothing_held"): "Go on as usual."
    case (_, "not_view_once"): "See it with 'sotto messages NAME'."
    case (_, "has_history"): "Say --erase-history, or keep the contact."
    case (_, "not_yours"): "What others wrote can be deleted here only, without --everyone."
    case (.windowClosed, _), (.limitReached, _): "Write another message."
    case (_, "not_editable"): "Delete it with 'sotto delete', and write it again."
    case (_, "not_answerable"), (_, "view_once"): "Write it without an answer to that message."
    case (_, "chat_closed"): "Open another with 'sotto secret open NAME'."
    case (.blocked, _): "Take it back with 'sotto contact unblock NAME'."
    case (.viewOnceUsed, _): "Ask for it to be sent again."
    case (.untrustedIdentity, _): "See what waits with 'sotto contact accept-devices NAME', and ask your contact."
    case (.peerUnsupported, _): "Send it otherwise, or after they have answered from a newer version."
    case (.noSession, _): "Write to them and let them answer first."
    case (.relayUnreachable, _): "Nothing is lost: see whether \(data["relay"]?.string ?? "it") runs, and repeat it."
    case (.relayRejected, _): "Nothing is lost: repeat it later, and ask whoever runs the relay if it happens again."
    case (.timeout, _), (.notReady, _): "Nothing is lost: repeat it."
    case (.storageFull, _): "Make room, or name another folder, and repeat it."
    case (.notFound, _): "See what there is with 'sotto contact list' and 'sotto messages NAME --ids'."
    default: String(decoding: JSONText.bytes(data), as: UTF8.self)
    }
  }
}

extension ExitStatus {
  /// - Parameter reason: more exactly than the kind, where there is one.
  init(_ kind: ErrorKind, reason: String?) {
    self =
      switch kind {
      case .forbidden where reason != nil: .failed
      case .params, .method, .request, .parse: .usage
      case .unauthenticated, .forbidden: .notAllowed
      case .rateLimited: .rateLimited
      case .untrustedIdentity, .notVerified: .untrustedIdentity
      case .notFound, .contentGone, .cursorGone: .notFound
      case .conflict, .windowClosed, .limitReached, .viewOnceUsed, .blocked: .conflict
      case .relayUnreachable, .relayRejected, .quotaExceeded, .noSession, .noPrekeys: .network
      case .storeLocked, .storageFull, .storageCorrupt: .storage
      case .timeout: .timedOut
      case .internalError, .notReady, .notAMember, .roleRequired, .peerUnsupported, .requestPending,
        .forwardForbidden, .tooLarge:
        .failed
      }
  }
}
