import ArgumentParser
import Messaging
import Node

/// `sotto whoami`: the account in this home. No network.
struct WhoAmI: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "whoami",
    abstract: "Show who you are.",
    discussion: """
      Shows your name, your address, this device and its mailbox. Needs no network.

        sotto whoami
        sotto whoami --json

      With --json: account (the account id in hex), address (sotto1…), device, deviceKey, devices (the hash of the device list) and mailbox (hex), name, relay.
      """)

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let node = try home.openNode()
    let object = AccountObject(try await node.withMessenger { try $0.ownAccount() })
    if json { return try Output.object(object) }
    for line in object.lines { try Output.line(line) }
  }
}
