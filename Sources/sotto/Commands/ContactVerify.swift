import ArgumentParser
import NodeInterface

/// `sotto contact verify`: the safety number of a contact (C12). No network.
struct ContactVerify: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Show the number by which two people know that nobody is between them.",
    discussion: """
      Shows 60 digits. They are the same on both sides if each has the other's true account. Compare them when you meet, \
      or on a call where you know the voice; then note it. Needs no network.

        sotto contact verify Bob
        sotto contact verify Bob --mark
      """)

  @Argument(help: ArgumentHelp("The contact.", valueName: "name"))
  var name: String

  @Flag(help: "Note that you have compared the number, and that it is the same.")
  var mark = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let (name, mark) = (name, mark)
    let number = try await home.withInterface { interface in
      let contact = try await interface.contact(named: name)
      let number = try await interface.call("identity.safetyNumber", ["contact": contact])
      guard mark, let digits = number["digits"] else { return number }
      _ = try await interface.call("identity.verify", ["contact": contact, "digits": digits])
      return try await interface.call("identity.safetyNumber", ["contact": contact])
    }
    if json { return try Output.json(number) }
    for line in Self.groups(number["digits"]?.string ?? "") { try Output.line(line) }
    if number["lacksOneTimePrekey"] == true {
      Output.note(
        "The session with \(ShownText.name(name)) began without a one-time prekey, because a relay had none: what was sent on it "
          + "before the first answer can be read by who later gets the keys of the device that was called.")
    }
    if number["awaitsSecondKey"] == true {
      Output.note(
        "\(ShownText.name(name)) started this session and has not written since your first answer arrived: until then somebody who "
          + "stole keys of this device could have started it in their name.")
    }
    Output.note(
      number["state"] == "verified"
        ? "You have noted that this number is the same on both sides."
        : "Compare this number with the one that \(ShownText.name(name)) sees. If it is the same, repeat this "
          + "command with --mark.")
  }

  /// Groups of five digits, four in a line.
  private static func groups(_ digits: String) -> [String] {
    var lines: [String] = []
    var rest = digits[...]
    while !rest.isEmpty {
      var groups: [String] = []
      while !rest.isEmpty, groups.count < 4 {
        groups.append(String(rest.prefix(5)))
        rest = rest.dropFirst(5)
      }
      lines.append(groups.joined(separator: " "))
    }
    return lines
  }
}
