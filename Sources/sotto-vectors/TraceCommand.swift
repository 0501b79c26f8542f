import ArgumentParser
import KeyAgreement
import Primitives

/// `sotto-vectors trace`
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Begin a session, exchange ten messages, and print every derived value.",
    discussion: """
      The handshake (suite 2) and the ratchet are the product's; what is printed is computed once more by the specification's formulas \
      and compared. One message overtakes another, and one is changed on its way. Test keys only: they follow from the seed.
      """)

  @Option(help: "Every random byte follows from this word.")
  var seed = "sotto-trace"

  func run() throws {
    let randomness = SeedRandomness(seed: seed)
    guard let start = try SessionStartVectors.accepted(randomness).first(where: { $0.encapsulation_message != nil })
    else {
      throw ValidationError("There is no handshake of suite 2.")
    }
    var explanation = Explanation()
    explanation.heading("alice begins a session with bob")
    for line in try VectorEncoding.lines(start) { explanation.remark(line) }
    try start.explain(in: &explanation)
    print(explanation.lines.joined(separator: "\n"))
    let session = try SessionBuilder("trace", try handshake(of: start, randomness), randomness)
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
    print(try TranscriptExplanation.lines(session.session, withHandshake: false).joined(separator: "\n"))
  }

  /// What the ratchets need of the start, in the form of a transcript.
  private func handshake(of start: SessionContextCase, _ randomness: SeedRandomness) throws -> Transcript.Handshake {
    let form = try HandshakeBuilder(randomness: randomness, sessionName: "trace").build()
    let prekey = HexBytes(try start.signed_prekey.scalar.keyPair().publicKey)
    return Transcript.Handshake(
      identity_key_format: form.identity_key_format, alice: form.alice,
      bob: Transcript.Handshake.Responder(
        identity_seed: form.bob.identity_seed,
        identity_scalar_sha512_clamped: form.bob.identity_scalar_sha512_clamped,
        identity_ed25519_pub: form.bob.identity_ed25519_pub, identity_x25519_pub: form.bob.identity_x25519_pub,
        signed_prekey_priv: start.signed_prekey.scalar, signed_prekey_pub: prekey,
        signed_prekey_signed_bytes: form.bob.signed_prekey_signed_bytes, signed_prekey_sig: form.bob.signed_prekey_sig,
        one_time_prekeys: nil),
      ephemeral_priv: form.ephemeral_priv, header: form.header, appendix: form.appendix,
      shared_secret: start.shared_secret ?? HexBytes([]), associated_data: start.associated_data ?? HexBytes([]),
      replay: nil)
  }
}
