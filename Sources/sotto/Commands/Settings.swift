import ArgumentParser
import Messaging
import Node

/// `sotto settings`: what this account tells others, and is told. No network.
struct Settings: AsyncParsableCommand {
  enum Switch: String, ExpressibleByArgument, CaseIterable { case on, off }

  static let configuration = CommandConfiguration(
    abstract: "See and change the settings of this account.",
    discussion: """
        sotto settings
        sotto settings --read-receipts off

      Without read receipts nobody learns when you have read something, and you do not learn when others have. That a \
      message was delivered is still told, to contacts and never to strangers.
      """)

  @Option(name: .customLong("read-receipts"), help: "Tell contacts what you have read, and see what they have.")
  var readReceipts: Switch?

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let node = try home.openNode()
    let isOn = try await node.withMessenger { [readReceipts] messenger in
      if let readReceipts { try messenger.setReadReceipts(readReceipts == .on) }
      return try messenger.readReceipts()
    }
    try Output.line("read-receipts \(isOn ? Switch.on.rawValue : Switch.off.rawValue)")
  }
}
