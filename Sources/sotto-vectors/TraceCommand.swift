import ArgumentParser

/// `sotto-vectors trace`
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Begin a session, exchange ten messages, and print every derived value.",
    discussion: """
      The handshake and the ratchet are the product's; what is printed is computed once more by the specification's formulas and \
      compared. One message overtakes another, and one is changed on its way. Test keys only: they follow from the seed.
      """)

  @Option(help: "Every random byte follows from this word.")
  var seed = "sotto-trace"

  func run() throws {
    let randomness = SeedRandomness(seed: seed)
    let handshake = HandshakeBuilder(
      randomness: randomness, sessionName: "trace", appendix: [UInt8](repeating: 0xc4, count: 32))
    let session = try SessionBuilder("trace", try handshake.build(), randomness)
    try session.send(.alice, "1", "hello bob")
    try session.receive(.bob, "1")
    try session.send(.bob, "2", "hello alice")
    try session.receive(.alice, "2")
    try session.send(.alice, "3", "the third")
    try session.send(.alice, "4", "the fourth overtakes it")
    try session.receive(.bob, "4")
    try session.receive(.bob, "3")
    try session.send(.bob, "5", "changed on its way")
    try session.refuse(.alice, "5", .ciphertext(at: 0))
    try session.receive(.alice, "5")
    for (number, sender, receiver) in [
      ("6", Transcript.Side.alice, Transcript.Side.bob), ("7", .bob, .alice), ("8", .alice, .bob), ("9", .bob, .alice),
      ("10", .alice, .bob),
    ] {
      try session.send(sender, number, "message \(number)")
      try session.receive(receiver, number)
    }
    print(try TranscriptExplanation.lines(session.session).joined(separator: "\n"))
  }
}
