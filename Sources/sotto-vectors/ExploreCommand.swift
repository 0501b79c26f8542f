import ArgumentParser

/// `sotto-vectors explore`
struct ExploreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Visit every state of a handshake and its ratchet within bounds, and check what must hold in each.",
    discussion: """
      One session of suite 3, in which messages are sent by either side at any time and arrive in any order, again, changed, or \
      never: from the handshake on, and from where the post-quantum ratchet is about to go on. The properties are in \
      Docs/Testing.md. Exits 1 at the first that does not hold, with a shortest way there.
      """)

  @Option(help: "How many messages Alice sends, who begins.")
  var alice = 3

  @Option(help: "How many messages Bob sends.")
  var bob = 2

  @Option(help: "A fault to plant: \(PlantedFault.allCases.map(\.rawValue).joined(separator: ", ")).")
  var fault: String?

  func run() throws {
    let planted = try fault.map { name in
      guard let planted = PlantedFault(rawValue: name) else { throw ValidationError("There is no fault '\(name)'.") }
      return planted
    }
    for beginning in Beginning.allCases {
      var exploration = try Exploration(bounds: [alice, bob], fault: planted)
      do {
        try exploration.run(from: beginning)
      } catch let violation as Exploration.Violation {
        print("from \(beginning.rawValue) on does not hold: \(violation.property)")
        for (index, step) in violation.path.enumerated() { print("  \(index + 1). \(step)") }
        throw ExitCode(1)
      }
      print(
        "\(alice) and \(bob) messages from \(beginning.rawValue) on: \(exploration.stateCount) states, "
          + "\(exploration.stepCount) steps, \(exploration.refusalCount) refusals; every property holds")
    }
  }
}
