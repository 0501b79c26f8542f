import ArgumentParser
import NodeInterface

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

  @Flag(help: "Print one JSON object a line.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let requests = try await home.withInterface { try await $0.call("request.list") }["requests"]?.array ?? []
    for request in requests {
      if json {
        try Output.json(request)
      } else {
        try Output.line(
          "\(ShownText.name(request["name"]?.string ?? ""))  \(request["waiting"]?.integer ?? 0) waiting")
      }
    }
    if requests.isEmpty { Output.note("Nobody waits for an answer.") }
  }
}

struct RequestAccept: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "accept", abstract: "Accept a request.")

  @Argument(help: ArgumentHelp("The stranger.", valueName: "name"))
  var name: String

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let name = name
    try await home.withInterface { interface in
      _ = try await interface.call("request.accept", ["request": try await interface.contact(named: name)])
      try await interface.deliver("The answer")
    }
  }
}

struct RequestDecline: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "decline", abstract: "Decline a request.")

  @Argument(help: ArgumentHelp("The stranger.", valueName: "name"))
  var name: String

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let name = name
    try await home.withInterface { interface in
      _ = try await interface.call("request.decline", ["request": try await interface.contact(named: name)])
    }
  }
}
