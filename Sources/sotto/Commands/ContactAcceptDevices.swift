import ArgumentParser
import NodeInterface

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
    let name = name
    try await home.withInterface { interface in
      let contact = try await interface.contact(named: name)
      if let hash {
        _ = try await interface.call("identity.accept", ["contact": contact, "listHash": .string(hash.lowercased())])
      }
      let number = try await interface.call("identity.safetyNumber", ["contact": contact])
      guard let held = number["held"]?.array?.compactMap(\.string) else {
        return Output.note(hash == nil ? "No change waits for a decision." : "Accepted. What was held goes out now.")
      }
      Output.note(
        number["equivocation"] == true
          ? "\(ShownText.name(name)) has signed two different device lists of one version. Somebody may be cheating: "
            + "ask them before you accept one."
          : "The devices of \(ShownText.name(name)) have changed. Nothing is sent to them until you accept it.")
      for choice in held { try Output.line(choice) }
    }
  }
}
