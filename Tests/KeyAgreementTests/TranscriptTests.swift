import ByteLayout
import Foundation
import KeyAgreement
import Primitives
import SecretMemory
import Testing
import Verification

/// The X3DH parts of the independent implementations' transcript, when it lies beside the project.
@Suite("Transcript of independent implementations") struct TranscriptTests {
  private struct Transcript: Decodable {
    let sessions: [Session]
  }

  private struct Session: Decodable {
    let name: String
    let x3dh: Handshake
  }

  private struct Handshake: Decodable {
    struct Party: Decodable {
      let identity_seed: String
      let identity_ed25519_pub: String
      let identity_x25519_pub: String
      let identity_scalar_sha512_clamped: String
      let signed_prekey_priv: String?
      let signed_prekey_pub: String?
      let signed_prekey_signed_bytes: String?
      let signed_prekey_sig: String?
      let one_time_prekeys: [OneTime]?
    }

    struct OneTime: Decodable {
      let priv: String
      let pub: String
    }

    struct Header: Decodable {
      let ephemeral_key: String
      let one_time_prekey: String?
    }

    let identity_key_format: String
    let alice: Party
    let bob: Party
    let ephemeral_priv: String
    let header: Header
    let appendix: String
    let shared_secret: String
    let associated_data: String
  }

  private static let file: URL = {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let shared =
      ProcessInfo.processInfo.environment["SOTTO_SHARED"].map { URL(fileURLWithPath: $0) }
      ?? package.deletingLastPathComponent().appendingPathComponent("shared")
    return shared.appendingPathComponent("peers/ratchet/transcript.json")
  }()

  private static let isPresent: Bool = {
    let isPresent = FileManager.default.fileExists(atPath: file.path)
    if !isPresent {
      let note = "NOTE: \(file.path) is absent: the X3DH transcript was NOT replayed. Set SOTTO_SHARED to its folder.\n"
      FileHandle.standardError.write(Data(note.utf8))
    }
    return isPresent
  }()

  @Test(.enabled(if: isPresent, "needs peers/ratchet/transcript.json; set SOTTO_SHARED"))
  func `the handshakes of all three sessions come out byte for byte`() throws {
    let transcript = try JSONDecoder().decode(Transcript.self, from: try Data(contentsOf: Self.file))
    #expect(transcript.sessions.count == 3)
    for session in transcript.sessions { try replay(session) }
  }

  private func replay(_ session: Session) throws {
    let handshake = session.x3dh
    let isEd25519 = handshake.identity_key_format == "ED_25519"
    let (alice, aliceEncoded) = try identity(handshake.alice, isEd25519: isEd25519)
    let (bob, bobEncoded) = try identity(handshake.bob, isEd25519: isEd25519)

    let signedPrekey = try X25519KeyPair(scalar: try secret(try #require(handshake.bob.signed_prekey_priv)))
    let prekey = signedPrekey.publicKey
    #expect(prekey.bytes.description == handshake.bob.signed_prekey_pub)
    let signedBytes = EncodedKey.x25519(prekey).bytes
    #expect(signedBytes.description == handshake.bob.signed_prekey_signed_bytes)
    try checkSignature(handshake, over: signedBytes.array, isEd25519: isEd25519)

    let ephemeral = try X25519KeyPair(scalar: try secret(handshake.ephemeral_priv))
    let ephemeralKey = ephemeral.publicKey
    #expect(ephemeralKey.bytes.description == handshake.header.ephemeral_key)
    let oneTime = handshake.bob.one_time_prekeys?.first { $0.pub == handshake.header.one_time_prekey }
    #expect((oneTime == nil) == (handshake.header.one_time_prekey == nil))

    let oneTimeKey = try oneTime.map { try X25519PublicKey(validating: try FixedBytes(try Hexadecimal.decode($0.pub))) }
    let initiator = try X3DH.initiatorSecret(
      identity: alice.pair, ephemeral: ephemeral, peerIdentity: bob.pair.publicKey, signedPrekey: prekey,
      oneTimePrekey: oneTimeKey)
    let responder: SecretBytes
    if let oneTime {
      responder = try X3DH.responderSecret(
        identity: bob.pair, signedPrekey: signedPrekey,
        oneTimePrekey: try X25519KeyPair(scalar: try secret(oneTime.priv)),
        peerIdentity: alice.pair.publicKey, ephemeral: ephemeralKey)
    } else {
      responder = try X3DH.responderSecret(
        identity: bob.pair, signedPrekey: signedPrekey, peerIdentity: alice.pair.publicKey, ephemeral: ephemeralKey)
    }
    let (atAlice, atBob) = (hexadecimal(initiator), hexadecimal(responder))
    #expect(atAlice == handshake.shared_secret, "\(session.name)")
    #expect(atBob == handshake.shared_secret, "\(session.name)")
    let data = X3DH.associatedData(
      initiator: aliceEncoded, responder: bobEncoded, appendix: try Hexadecimal.decode(handshake.appendix))
    #expect(Hexadecimal.encode(data) == handshake.associated_data, "\(session.name)")
  }

  /// A pair in a box, so that it can stand in a tuple.
  private final class Boxed {
    let pair: X25519KeyPair
    init(_ pair: consuming X25519KeyPair) { self.pair = pair }
  }

  private func identity(_ party: Handshake.Party, isEd25519: Bool) throws -> (Boxed, EncodedKey) {
    let key = try Ed25519SigningKey(seed: try secret(party.identity_seed))
    let verifyingKey = key.verifyingKey
    #expect(verifyingKey.bytes.description == party.identity_ed25519_pub)
    let pair = try key.agreementKeyPair()
    let agreementKey = pair.publicKey
    #expect(agreementKey.bytes.description == party.identity_x25519_pub)
    #expect(try verifyingKey.agreementKey() == agreementKey)
    let scalar = pair.withScalar { hexadecimal($0) }
    #expect(scalar == party.identity_scalar_sha512_clamped)
    return (Boxed(pair), isEd25519 ? .ed25519(verifyingKey) : .x25519(agreementKey))
  }

  /// XEdDSA signatures are Ed25519 signatures under the key with its sign bit cleared.
  private func checkSignature(_ handshake: Handshake, over message: [UInt8], isEd25519: Bool) throws {
    let signature = Signature(
      try FixedBytes(try Hexadecimal.decode(try #require(handshake.bob.signed_prekey_sig))))
    var key = try FixedBytes<32>(try Hexadecimal.decode(handshake.bob.identity_ed25519_pub))
    if !isEd25519 { key[31] &= 0x7f }
    #expect(VerifyingKey(key).isValid(signature, for: message))
    guard isEd25519 else { return }
    let signingKey = try Ed25519SigningKey(seed: try secret(handshake.bob.identity_seed))
    let made = try signingKey.signature(for: message)
    #expect(made == signature)
  }

  private func secret(_ text: String) throws -> SecretBytes {
    try SecretBytes(copying: try Hexadecimal.decode(text))
  }
}
