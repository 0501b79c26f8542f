import ArgumentParser
import ByteLayout
import Messaging
import Node

/// `sotto contact accept-devices`: decides about a change of a contact's devices. No network.
struct ContactAcceptDevices: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept-devices",
    abstract: "See and accept a change of the devices of a contact.",
    discussion: """
      When the devices of a contact that you have verified change, nothing is sent to them until you agree. The same when \
      two different device lists of one version turn up, which no honest account signs.

        sotto contact accept-devices Bob             shows what waits
        sotto contact accept-devices Bob HASH        accepts the list with this hash

      Ask your contact, over another channel, whether they have a new device and which hash they see with 'sotto whoami'. \
      Needs no network.
      """)

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Argument(help: ArgumentHelp("The hash of the list to accept, 64 hexadecimal digits.", valueName: "hash"))
  var hash: String?

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let accepted = try hash.map { text throws(CommandFailure) in
      do throws(LayoutError) { return try FixedBytes<32>(Hexadecimal.decode(text)) } catch {
        throw CommandFailure(.usage, "This is not a hash.", next: "Give all 64 hexadecimal digits.")
      }
    }
    let node = try home.openNode()
    let held = try await node.withMessenger { [name] messenger in
      let contact = try messenger.contact(named: name).id
      if let accepted { try messenger.acceptDevices(contact: contact, listHash: accepted) }
      return try messenger.heldDevices(contact: contact)
    }
    guard let held else {
      Output.note(accepted == nil ? "No change waits for a decision." : "Accepted. What was held goes out now.")
      return
    }
    Output.note(
      held.isEquivocation
        ? "\(ShownText.name(held.contact)) has signed two different device lists of one version. Somebody may be cheating: "
          + "ask them before you accept one."
        : "The devices of \(ShownText.name(held.contact)) have changed. Nothing is sent to them until you accept it.")
    for choice in held.choices { try Output.line(Hexadecimal.encode(choice.array)) }
  }
}
