import ArgumentParser
import Messaging
import Node

/// `sotto request`: strangers who have written.
struct Request: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "See who wants to write to you, and accept or decline.",
    discussion: """
      Who comes by an open invite is a stranger until you accept: at most three short texts of theirs are kept, they see no \
      receipts, and nothing else of theirs is taken.

        sotto request list
        sotto request accept Bob        or simply answer
        sotto request decline Bob       destroys what they wrote; they are not told
      """,
    subcommands: [RequestList.self, RequestAccept.self, RequestDecline.self])
}

struct RequestList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "Show who waits for an answer.")

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let node = try home.openNode()
    let requests = try await node.withMessenger { messenger in
      try messenger.requests().map { ($0.name, try messenger.messages(with: $0.id).count) }
    }
    for (name, count) in requests { try Output.line("\(ShownText.name(name))  \(count) waiting") }
    if requests.isEmpty { Output.note("Nobody waits for an answer.") }
  }
}

struct RequestAccept: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "accept", abstract: "Accept a request.")

  @Argument(help: ArgumentHelp("The stranger.", valueName: "name"))
  var name: String

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let node = try home.openNode()
    try await node.withMessenger { [name] in try $0.acceptRequest(contact: try $0.contact(named: name).id) }
    try await Waiting.deliver("The answer", node)
  }
}

struct RequestDecline: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "decline", abstract: "Decline a request.")

  @Argument(help: ArgumentHelp("The stranger.", valueName: "name"))
  var name: String

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let node = try home.openNode()
    try await node.withMessenger { [name] in try $0.declineRequest(contact: try $0.contact(named: name).id) }
  }
}
