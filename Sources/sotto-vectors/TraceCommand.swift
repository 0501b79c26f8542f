import ArgumentParser
import Primitives

/// `sotto-vectors trace`
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Begin a session, exchange ten messages, and print every derived value.",
    discussion: """
      Handshake and ratchets (suite 3) are the product's; what is printed is computed once more by the specification's formulas \
      and compared. One message overtakes another, and one is changed on its way. After ten messages the two write on until both \
      have come to epoch 1 of the post-quantum ratchet: of that only the steps are printed in which an epoch is derived or entered. \
      Test keys only: they follow from the seed.
      """)

  @Option(help: "Every random byte follows from this word.")
  var seed = "sotto-trace"

  func run() throws {
    let randomness = SeedRandomness(seed: seed)
    guard let start = try SessionStartVectors.accepted(randomness).first(where: { $0.start.bytes[1] == 3 }),
      let secret = start.shared_secret, let associatedData = start.associated_data
    else {
      throw ValidationError("There is no handshake of suite 3.")
    }
    var explanation = Explanation()
    explanation.heading("alice begins a session with bob: PQXDH")
    for line in try VectorEncoding.lines(start) { explanation.remark(line) }
    try start.explain(in: &explanation)
    let conversation = try ConversationBuilder(
      "trace", sharedSecret: secret, signedPrekey: start.signed_prekey.scalar, associatedData: associatedData,
      randomness)
    let tenMessages = try exchange(on: conversation)
    while conversation.epoch == 0 { _ = try conversation.talk(rounds: 1) }
    try conversation.end().explain(in: &explanation, wholeEvents: tenMessages)
    print(explanation.lines.joined(separator: "\n"))
  }

  /// Ten messages: the fourth overtakes the third, the fifth comes changed before it comes as it was sent.
  ///
  /// - Returns: how many events they are.
  private func exchange(on conversation: ConversationBuilder) throws -> Int {
    func say(_ side: TripleRatchetCase.Side, _ text: String) throws {
      _ = try conversation.sending(side, text, reserve: 600)
    }
    func deliver(_ number: Int, to side: TripleRatchetCase.Side) throws {
      _ = try conversation.deliver(number, to: side)
    }
    try say(.alice, "hello bob")
    try deliver(0, to: .bob)
    try say(.bob, "hello alice")
    try deliver(0, to: .alice)
    try say(.alice, "the third")
    try say(.alice, "the fourth overtakes it")
    try deliver(2, to: .bob)
    try deliver(1, to: .bob)
    try say(.bob, "changed on its way")
    _ = try conversation.refusing(1, to: .alice) { $1[0] ^= 1 }
    try deliver(1, to: .alice)
    for number in 3...5 {
      try say(.alice, "alice's message \(number)")
      try deliver(number, to: .bob)
      guard number < 5 else { break }
      try say(.bob, "bob's message \(number - 1)")
      try deliver(number - 1, to: .alice)
    }
    return conversation.end().events.count
  }
}
