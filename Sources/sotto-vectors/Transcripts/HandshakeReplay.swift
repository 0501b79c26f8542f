import ByteLayout
import KeyAgreement
import Primitives
import SecretMemory
import Verification

/// Does the X3DH part of a session again, on both sides.
struct HandshakeReplay {
  let session: Transcript.Session
  let replay: TranscriptReplay

  private var file: Transcript.Handshake { session.x3dh }

  func run() throws -> TranscriptEnd.Secrets {
    let alice = try identity(file.alice, of: .alice)
    let bob = try identity(file.bob.identity, of: .bob)
    let signedPrekey = try file.bob.signed_prekey_priv.keyPair()
    try check(HexBytes(signedPrekey.publicKey), file.bob.signed_prekey_pub, "bob.signed_prekey_pub")
    try check(HexBytes(signedPrekey.publicKey), file.header.signed_prekey, "header.signed_prekey")
    try checkPrekeySignature(signedPrekey.publicKey)
    let ephemeral = try file.ephemeral_priv.keyPair()
    try check(HexBytes(ephemeral.publicKey), file.header.ephemeral_key, "header.ephemeral_key")
    try checkDraws()
    let oneTimePrekeys = try oneTimePrekeys()

    let initiatorSecret = try X3DH.initiatorSecret(
      identity: try agreementKeyPair(file.alice), ephemeral: ephemeral, peerIdentity: bob.agreementKey,
      signedPrekey: signedPrekey.publicKey,
      oneTimePrekey: try file.header.one_time_prekey.value.map { try $0.agreementKey() })
    try check(HexBytes(revealing: initiatorSecret), file.shared_secret, "shared_secret, by alice")
    let bobPair = try agreementKeyPair(file.bob.identity)
    let responderSecret: SecretBytes
    if let used = file.header.one_time_prekey.value {
      responderSecret = try X3DH.responderSecret(
        identity: bobPair, signedPrekey: signedPrekey, oneTimePrekey: try oneTimePrekeys.keyPair(of: used),
        peerIdentity: alice.agreementKey, ephemeral: ephemeral.publicKey)
    } else {
      responderSecret = try X3DH.responderSecret(
        identity: bobPair, signedPrekey: signedPrekey, peerIdentity: alice.agreementKey,
        ephemeral: ephemeral.publicKey)
    }
    try check(HexBytes(revealing: responderSecret), file.shared_secret, "shared_secret, by bob")

    let associatedData = X3DH.associatedData(
      initiator: alice.encoded, responder: bob.encoded, appendix: file.appendix.bytes)
    try check(HexBytes(associatedData), file.associated_data, "associated_data")
    try checkReplayedStart(oneTimePrekeys)
    return TranscriptEnd.Secrets(
      sharedSecret: file.shared_secret, associatedData: associatedData,
      signedPrekeyScalar: file.bob.signed_prekey_priv, signedPrekey: signedPrekey.publicKey)
  }

  // MARK: - Identities

  private struct Identity {
    let agreementKey: X25519PublicKey
    let encoded: EncodedKey
  }

  private func identity(_ identity: Transcript.Handshake.Identity, of side: Transcript.Side) throws -> Identity {
    let name = side.rawValue
    let signingKey = try identity.identity_seed.signingKey()
    let pair = try signingKey.agreementKeyPair()
    try check(
      HexBytes(revealing: try pair.withScalar { scalar throws(SecretMemoryError) in try scalar.duplicate() }),
      identity.identity_scalar_sha512_clamped, "\(name).identity_scalar_sha512_clamped")
    try check(HexBytes(signingKey.verifyingKey), identity.identity_ed25519_pub, "\(name).identity_ed25519_pub")
    try check(HexBytes(pair.publicKey), identity.identity_x25519_pub, "\(name).identity_x25519_pub")
    try check(
      HexBytes(try signingKey.verifyingKey.agreementKey()), identity.identity_x25519_pub,
      "\(name).identity_x25519_pub, converted from identity_ed25519_pub")
    let encoded: EncodedKey =
      switch file.identity_key_format {
      case .ed25519: .ed25519(signingKey.verifyingKey)
      case .curve25519: .x25519(pair.publicKey)
      }
    if side == .alice {
      try check(HexBytes(encoded.bytes.array.dropFirst()), file.header.identity_key, "header.identity_key")
    }
    return Identity(agreementKey: pair.publicKey, encoded: encoded)
  }

  private func agreementKeyPair(_ identity: Transcript.Handshake.Identity) throws -> X25519KeyPair {
    try identity.identity_seed.signingKey().agreementKeyPair()
  }

  // MARK: - Prekeys

  private func checkPrekeySignature(_ signedPrekey: X25519PublicKey) throws {
    let message = EncodedKey.x25519(signedPrekey).bytes.array
    try check(HexBytes(message), file.bob.signed_prekey_signed_bytes, "bob.signed_prekey_signed_bytes")
    var key = try file.bob.identity_ed25519_pub.fixed(FixedBytes<32>.self)
    switch file.identity_key_format {
    case .ed25519:
      // RFC 8032 leaves no choice: the signature can be made again.
      let made = try file.bob.identity_seed.signingKey().signature(for: message)
      try check(HexBytes(made), file.bob.signed_prekey_sig, "bob.signed_prekey_sig")
    case .curve25519:
      // XEdDSA signs under the point with an even x-coordinate, whatever the key pair's own sign is.
      key[31] &= 0x7f
    }
    let isValid = VerifyingKey(key).isValid(try file.bob.signed_prekey_sig.signature(), for: message)
    try check(isValid, true, "bob.signed_prekey_sig verifies")
  }

  private struct OneTimePrekeys {
    var scalars: [HexBytes: HexBytes]
    func keyPair(of key: HexBytes) throws -> X25519KeyPair {
      guard let scalar = scalars[key] else { throw KeyAgreementError.mismatch(.oneTimePrekeyID) }
      return try scalar.keyPair()
    }
  }

  private func oneTimePrekeys() throws -> OneTimePrekeys {
    var prekeys = OneTimePrekeys(scalars: [:])
    for (index, prekey) in (file.bob.one_time_prekeys ?? []).enumerated() {
      let computed = HexBytes(try prekey.priv.keyPair().publicKey)
      try check(computed, prekey.pub, "bob.one_time_prekeys[\(index)].pub")
      prekeys.scalars[computed] = prekey.priv
    }
    return prekeys
  }

  /// A first message that comes again: its one-time prekey went with the session that it began.
  private func checkReplayedStart(_ prekeys: OneTimePrekeys) throws {
    guard file.replay != nil, let used = file.header.one_time_prekey.value else { return }
    var left = prekeys
    left.scalars[used] = nil
    do {
      _ = try left.keyPair(of: used).publicKey
      try check("accepted", "refused", "replay")
    } catch is KeyAgreementError {
      try check("refused", "refused", "replay")
    }
  }

  // MARK: - Comparing

  /// Where the draws of the handshake are recorded, they are the private values that are used.
  private func checkDraws() throws {
    for (purpose, value) in [
      ("alice/identity-seed", file.alice.identity_seed), ("bob/identity-seed", file.bob.identity_seed),
      ("bob/signed-prekey", file.bob.signed_prekey_priv), ("alice/ephemeral", file.ephemeral_priv),
    ] {
      // Whoever draws again until a key suits uses the last one.
      guard let draw = replay.draws(for: "\(session.name)/\(purpose)").last else { continue }
      try check(value, HexBytes(draw), "randomness for \(purpose)")
    }
    let prekeys = replay.draws(for: "\(session.name)/bob/one-time-prekey").map { HexBytes($0).description }
    guard !prekeys.isEmpty else { return }
    let used = (file.bob.one_time_prekeys ?? []).map(\.priv.description)
    try check(used.sorted(), prekeys.sorted(), "randomness for bob/one-time-prekey")
  }

  private func check(
    _ computed: some CustomStringConvertible, _ expected: some CustomStringConvertible, _ field: String
  ) throws {
    try replay.check(computed, expected, at: "session \(session.name), x3dh: \(field)")
  }
}
