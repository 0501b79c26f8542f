import ByteLayout
import Foundation
import KeyAgreement
import Primitives
import SecretMemory
import Testing
import VectorSupport
import Verification

/// PQXDH as independent implementations compute it, when their files lie beside the project.
@Suite("PQXDH of independent implementations") struct PQXDHTranscriptTests {
  private struct Transcript: Decodable {
    struct Session: Decodable { let x3dh: Handshake }
    struct Handshake: Decodable {
      struct Party: Decodable {
        let identity_seed: String
        let signed_prekey_priv: String?
        let one_time_prekeys: [OneTime]?
      }
      struct OneTime: Decodable {
        let priv: String
        let pub: String
      }
      struct Header: Decodable { let one_time_prekey: String? }
      let alice: Party
      let bob: Party
      let ephemeral_priv: String
      let header: Header
    }
    let sessions: [Session]
  }

  private struct File: Decodable {
    struct Case: Decodable {
      let kem: String
      let kem_seed_d_z: String
      let kem_pk: String
      let kem_pk_sig: String
      let encaps_m: String
      let kem_ct: String
      let kem_ss: String
      let kem_ct_tampered_implicit_reject_ss: String
      let shared_secret: String
      let one_time_prekey: Bool
    }
    let cases: [Case]
  }

  private static let folder: URL = {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let shared =
      ProcessInfo.processInfo.environment["SOTTO_SHARED"].map { URL(fileURLWithPath: $0) }
      ?? package.deletingLastPathComponent().appendingPathComponent("shared")
    return shared.appendingPathComponent("peers/ratchet")
  }()

  private static let isPresent: Bool = {
    let isPresent = FileManager.default.fileExists(atPath: folder.appendingPathComponent("pqxdh.json").path)
    if !isPresent {
      let note = "NOTE: \(folder.path)/pqxdh.json is absent: PQXDH was NOT replayed. Set SOTTO_SHARED to its folder.\n"
      FileHandle.standardError.write(Data(note.utf8))
    }
    return isPresent
  }()

  private func decode<Value: Decodable>(_ name: String) throws -> Value {
    try JSONDecoder().decode(
      Value.self, from: try Data(contentsOf: Self.folder.appendingPathComponent(name)))
  }

  private func secret(_ text: String) throws -> SecretBytes {
    try SecretBytes(copying: try Hexadecimal.decode(text))
  }

  @Test(.enabled(if: isPresent, "needs peers/ratchet/pqxdh.json; set SOTTO_SHARED"))
  func `keys, signatures, ciphertexts and secrets of all four cases come out byte for byte`() throws {
    let transcript: Transcript = try decode("transcript.json")
    let handshake = try #require(transcript.sessions.first).x3dh
    let file: File = try decode("pqxdh.json")
    #expect(file.cases.count == 4)
    for test in file.cases {
      let parameters: MLKEMParameters = test.kem == "ML-KEM-768" ? .mlKEM768 : .mlKEM1024
      let pair = try MLKEMKeyPair(parameters, seed: try secret(test.kem_seed_d_z))
      let key = pair.publicKey
      #expect(Hexadecimal.encode(key.bytes) == test.kem_pk)
      let bob = try Ed25519SigningKey(seed: try secret(handshake.bob.identity_seed))
      let signature = try bob.signature(for: EncodedKEMKey(key).bytes)
      #expect(signature.bytes.description == test.kem_pk_sig)
      let made = try KnownEncapsulation.encapsulate(to: key, message: try Hexadecimal.decode(test.encaps_m))
      let ciphertext = made.ciphertext
      #expect(Hexadecimal.encode(ciphertext.bytes) == test.kem_ct)
      #expect(hexadecimal(try pair.decapsulate(ciphertext)) == test.kem_ss)
      let tampered = try MLKEMCiphertext(validating: flipping(ciphertext.bytes, at: 0), parameters)
      #expect(hexadecimal(try pair.decapsulate(tampered)) == test.kem_ct_tampered_implicit_reject_ss)
      // The label names ML-KEM-1024: the other set's secrets are for another protocol.
      if parameters == .mlKEM1024 { try replay(test, handshake, made.takeSharedSecret(), pair.decapsulate(ciphertext)) }
    }
  }

  private func replay(
    _ test: File.Case, _ handshake: Transcript.Handshake, _ sent: consuming SecretBytes, _ opened: consuming SecretBytes
  ) throws {
    let alice = try Ed25519SigningKey(seed: try secret(handshake.alice.identity_seed)).agreementKeyPair()
    let bob = try Ed25519SigningKey(seed: try secret(handshake.bob.identity_seed)).agreementKeyPair()
    let signedPrekey = try X25519KeyPair(scalar: try secret(try #require(handshake.bob.signed_prekey_priv)))
    let ephemeral = try X25519KeyPair(scalar: try secret(handshake.ephemeral_priv))
    let oneTime = try X25519KeyPair(
      scalar: try secret(
        try #require(handshake.bob.one_time_prekeys?.first { $0.pub == handshake.header.one_time_prekey }).priv))
    let atAlice = try PQXDH.initiatorSecret(
      identity: alice, ephemeral: ephemeral, peerIdentity: bob.publicKey, signedPrekey: signedPrekey.publicKey,
      oneTimePrekey: test.one_time_prekey ? oneTime.publicKey : nil, kemSecret: sent)
    let atBob =
      test.one_time_prekey
      ? try PQXDH.responderSecret(
        identity: bob, signedPrekey: signedPrekey, oneTimePrekey: oneTime, peerIdentity: alice.publicKey,
        ephemeral: ephemeral.publicKey, kemSecret: opened)
      : try PQXDH.responderSecret(
        identity: bob, signedPrekey: signedPrekey, peerIdentity: alice.publicKey, ephemeral: ephemeral.publicKey,
        kemSecret: opened)
    let (left, right) = (hexadecimal(atAlice), hexadecimal(atBob))
    #expect(left == test.shared_secret)
    #expect(right == test.shared_secret)
  }
}
