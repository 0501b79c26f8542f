import ArgumentParser
import NodeInterface

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

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let wanted = readReceipts.map { JSONValue.bool($0 == .on) }
    let account = try await home.withInterface { interface in
      guard let wanted else { return try await interface.call("account.get") }
      return try await interface.call("account.update", ["readReceipts": wanted])
    }
    let isOn = account["readReceipts"] == true
    if json { return try Output.json(["readReceipts": .bool(isOn)]) }
    try Output.line("read-receipts \(isOn ? Switch.on.rawValue : Switch.off.rawValue)")
  }
}
