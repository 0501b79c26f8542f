import ArgumentParser
import ByteLayout
import Messaging
import Node

/// `sotto message`: single messages.
struct MessageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "message",
    abstract: "Do something about single messages.",
    discussion: """
        sotto message retry Bob
      """,
    subcommands: [MessageRetry.self])
}

/// `sotto message retry`: queues failed messages again.
struct MessageRetry: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Send messages again that have failed.",
    discussion: """
      A message that could not be delivered for two weeks, or that the relay refused, has failed. This queues it again, \
      under the same id: whoever has it already sees it once.

        sotto message retry Bob                 all that have failed
        sotto message retry Bob --id HEX        this one
      """)

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Option(help: ArgumentHelp("The message's id, from 'sotto messages --json'.", valueName: "hex"))
  var id: String?

  @OptionGroup var home: HomeOptions

  private static let timeLimit = Duration.seconds(15)

  func run() async throws {
    let node = try home.openNode()
    let count = try await node.withMessenger { [name, id] messenger in
      let failed = try messenger.messages(with: try messenger.contact(named: name).id).filter {
        $0.state == .failed && (id == nil || Hexadecimal.encode($0.messageID.array) == id?.lowercased())
      }
      for message in failed { _ = try messenger.retry(message: message.id) }
      return failed.count
    }
    guard count > 0 else {
      throw CommandFailure(
        .notFound, "No such message has failed.", next: "See how far each one is with 'sotto messages NAME'.")
    }
    try await Waiting.deliver(node, timeLimit: Self.timeLimit)
    await node.close()
  }
}
