import ByteLayout
import DoubleRatchet
import Primitives
import Verification

/// Plays a session on two ratchets and writes down what happens.
///
/// Every message is recorded with what it does to the state; a tampered one must be refused, or the script is wrong.
final class SessionBuilder {
  /// What is changed of a message on its way.
  struct Tamper: Sendable {
    /// The name that the file carries.
    let name: String
    var header: @Sendable ([UInt8]) -> [UInt8] = { $0 }
    var ciphertext: @Sendable ([UInt8]) -> [UInt8] = { $0 }
  }

  enum ScriptError: Error {
    case wasAccepted(String)
    case isRefused(String, any Error)
    case unknownMessage(String)
  }

  private struct SentMessage {
    let header: [UInt8]
    let ciphertext: [UInt8]
  }

  /// Plaintexts and ciphertexts above this are named by length and hash.
  private static let longByteCount = 4_096
  private let name: String
  private let handshake: Transcript.Handshake
  private let ends: (alice: TranscriptEnd, bob: TranscriptEnd)
  private var events: [Transcript.Event] = []
  private var sent: [String: SentMessage] = [:]

  init(_ name: String, _ handshake: Transcript.Handshake, _ randomness: SeedRandomness) throws {
    self.name = name
    self.handshake = handshake
    let secrets = TranscriptEnd.Secrets(
      sharedSecret: handshake.shared_secret, associatedData: handshake.associated_data.bytes,
      signedPrekeyScalar: handshake.bob.signed_prekey_priv,
      signedPrekey: try handshake.bob.signed_prekey_pub.agreementKey())
    ends = (
      TranscriptEnd(.alice, secrets, randomness: randomness.source(for: "\(name)/alice/ratchet")),
      TranscriptEnd(.bob, secrets, randomness: randomness.source(for: "\(name)/bob/ratchet"))
    )
  }

  var session: Transcript.Session { Transcript.Session(name: name, x3dh: handshake, events: events) }

  // MARK: - The script's verbs

  func send(_ side: Transcript.Side, _ id: String, _ plaintext: [UInt8], note: String? = nil) throws {
    let message = try end(side).send(plaintext)
    let header = message.header.bytes
    var event = Transcript.Event(.send, side, id, stateAfter: try end(side).state())
    event.header = HexBytes(header)
    event.aad = HexBytes(
      RatchetAssociatedData(handshake.associated_data.bytes).additionalData(for: message.header))
    event.pt_len = plaintext.count
    if plaintext.count > Self.longByteCount {
      event.plaintext_gen = "byte i = i*7+3 mod 256"
      event.ciphertext_sha256 = HexBytes(ContentHash.sha256(message.ciphertext))
    } else {
      event.plaintext = HexBytes(plaintext)
      event.ciphertext = Nullable(HexBytes(message.ciphertext))
    }
    event.note = note
    sent[id] = SentMessage(header: header, ciphertext: message.ciphertext)
    events.append(event)
  }

  func send(_ side: Transcript.Side, _ id: String, _ text: String, note: String? = nil) throws {
    try send(side, id, [UInt8](text.utf8), note: note)
  }

  /// Delivers a message that opens.
  func receive(_ side: Transcript.Side, _ id: String, note: String? = nil) throws {
    if let error = try deliver(side, id, nil, note) { throw ScriptError.isRefused(id, error) }
  }

  /// Delivers a message that is refused: changed on its way, or one that came before.
  func refuse(_ side: Transcript.Side, _ id: String, _ tamper: Tamper? = nil, note: String? = nil) throws {
    guard try deliver(side, id, tamper, note) != nil else { throw ScriptError.wasAccepted(id) }
  }

  // MARK: - How they are done

  private func deliver(
    _ side: Transcript.Side, _ id: String, _ tamper: Tamper?, _ note: String?
  ) throws -> (any Error)? {
    guard let message = sent[id] else { throw ScriptError.unknownMessage(id) }
    let header = tamper?.header(message.header) ?? message.header
    let ciphertext = tamper?.ciphertext(message.ciphertext) ?? message.ciphertext
    let failure: (any Error)?
    do {
      _ = try end(side).receive(header: header, ciphertext: ciphertext, inOtherSession: tamper?.name == "ad")
      failure = nil
    } catch {
      failure = error
    }
    var event = Transcript.Event(.recv, side, id, stateAfter: try end(side).state())
    event.result = failure == nil ? .ok : .error
    if let failure {
      event.error = Expectation(classOf: failure)?.rawValue
      event.state_unchanged = true
    }
    if let tamper {
      event.tamper = tamper.name
      event.header = HexBytes(header)
      event.ciphertext = Nullable(HexBytes(ciphertext))
    }
    event.note = note
    events.append(event)
    return failure
  }

  private func end(_ side: Transcript.Side) -> TranscriptEnd { side == .alice ? ends.alice : ends.bob }
}
