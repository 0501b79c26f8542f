import ByteLayout
import KeyAgreement
import Primitives
import SecretMemory
import Verification

/// Makes the X3DH part of a transcript.
struct HandshakeBuilder {
  let randomness: SeedRandomness
  let sessionName: String
  var format = Transcript.Handshake.IdentityKeyFormat.ed25519
  var oneTimePrekeyCount = 2
  var appendix: [UInt8] = []

  func build() throws -> Transcript.Handshake {
    let alice = try identity(.alice)
    let bob = try identity(.bob)
    let signedPrekey = HexBytes(draw("bob/signed-prekey"))
    let signedPrekeyPair = try signedPrekey.keyPair()
    let signed = EncodedKey.x25519(signedPrekeyPair.publicKey).bytes.array
    let oneTimePrekeys = try (0..<oneTimePrekeyCount).map { _ in
      let scalar = HexBytes(draw("bob/one-time-prekey"))
      return Transcript.Handshake.KeyPair(priv: scalar, pub: HexBytes(try scalar.keyPair().publicKey))
    }
    let ephemeral = HexBytes(draw("alice/ephemeral"))
    let used = oneTimePrekeys.first?.pub
    let sharedSecret = try X3DH.initiatorSecret(
      identity: try alice.identity_seed.signingKey().agreementKeyPair(), ephemeral: try ephemeral.keyPair(),
      peerIdentity: try bob.identity_x25519_pub.agreementKey(), signedPrekey: signedPrekeyPair.publicKey,
      oneTimePrekey: try used.map { try $0.agreementKey() })
    let associatedData = X3DH.associatedData(
      initiator: try encoded(alice), responder: try encoded(bob), appendix: appendix)
    return Transcript.Handshake(
      identity_key_format: format, alice: alice,
      bob: Transcript.Handshake.Responder(
        identity_seed: bob.identity_seed, identity_scalar_sha512_clamped: bob.identity_scalar_sha512_clamped,
        identity_ed25519_pub: bob.identity_ed25519_pub, identity_x25519_pub: bob.identity_x25519_pub,
        signed_prekey_priv: signedPrekey, signed_prekey_pub: HexBytes(signedPrekeyPair.publicKey),
        signed_prekey_signed_bytes: HexBytes(signed),
        signed_prekey_sig: HexBytes(try bob.identity_seed.signingKey().signature(for: signed)),
        one_time_prekeys: oneTimePrekeys),
      ephemeral_priv: ephemeral,
      header: Transcript.Handshake.Header(
        identity_key: HexBytes(try encoded(alice).bytes.array.dropFirst()),
        ephemeral_key: HexBytes(try ephemeral.keyPair().publicKey),
        signed_prekey: HexBytes(signedPrekeyPair.publicKey), one_time_prekey: Nullable(used)),
      appendix: HexBytes(appendix), shared_secret: HexBytes(revealing: sharedSecret),
      associated_data: HexBytes(associatedData),
      replay: used == nil ? nil : Transcript.Handshake.Replay(error: "the one-time prekey is gone"))
  }

  private func identity(_ side: Transcript.Side) throws -> Transcript.Handshake.Identity {
    while true {
      let seed = HexBytes(draw("\(side.rawValue)/identity-seed"))
      let key = try seed.signingKey()
      // In this format signatures count under the key with bit 255 cleared: without XEdDSA, that must be its own form.
      if format == .curve25519, key.verifyingKey.bytes[31] & 0x80 != 0 { continue }
      let pair = try key.agreementKeyPair()
      return Transcript.Handshake.Identity(
        identity_seed: seed,
        identity_scalar_sha512_clamped: pair.withScalar { HexBytes(revealing: $0) },
        identity_ed25519_pub: HexBytes(key.verifyingKey), identity_x25519_pub: HexBytes(pair.publicKey))
    }
  }

  private func encoded(_ identity: Transcript.Handshake.Identity) throws -> EncodedKey {
    switch format {
    case .ed25519: .ed25519(try identity.identity_ed25519_pub.verifyingKey())
    case .curve25519: .x25519(try identity.identity_x25519_pub.agreementKey())
    }
  }

  private func draw(_ purpose: String) -> [UInt8] { randomness.bytes(32, for: "\(sessionName)/\(purpose)") }
}
