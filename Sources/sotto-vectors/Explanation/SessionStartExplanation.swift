import ByteLayout
import KeyAgreement
import Primitives
import Verification

/// A session start as its responder takes it apart: every Diffie–Hellman, the KEM's secret, the context and what follows (C4).
extension SessionContextCase: ExplainedCase {
  func explain(in explanation: inout Explanation) throws {
    let bytes = start.bytes
    guard bytes.count >= 75, bytes[0] == 1 else { return explanation.remark("no start of version 1") }
    let suite = bytes[1]
    let ephemeral = HexBytes(bytes[43..<75])
    explanation.number("suite", suite)
    explanation.value("EK", ephemeral)
    let parts = try diffieHellmans(ephemeral, in: &explanation)
    var material = [UInt8](repeating: 0xff, count: 32) + parts
    var kemFields: [UInt8] = []
    if suite >= 2 {
      guard let seed = (one_time_prekey ?? signed_prekey).kem_seed, bytes.count >= 79 + 1_568 else {
        return explanation.remark("the KEM's fields are not all there")
      }
      let pair = try MLKEMKeyPair(.mlKEM1024, seed: try seed.secret())
      let ciphertext = [UInt8](bytes[79..<(79 + 1_568)])
      let secret = try pair.decapsulate(try MLKEMCiphertext(validating: ciphertext, .mlKEM1024))
      explanation.value("SS", HexBytes(revealing: secret), "ML-KEM-1024.Decaps(seed \(seed), ciphertext)")
      material += HexBytes(revealing: secret).bytes
      let keyHash = ContentHash.sha256([0x0a] + pair.publicKey.bytes)
      let ciphertextHash = ContentHash.sha256(ciphertext)
      explanation.value("hash of PQPK", HexBytes(keyHash), "SHA-256(EncodeKEM(PQPK))")
      explanation.value("hash of ct", HexBytes(ciphertextHash), "SHA-256(KEM ciphertext)")
      kemFields = keyHash.array + ciphertextHash.array
    }
    let label = suite >= 2 ? "Sotto_PQXDH_25519_SHA-256_ML-KEM-1024_v1" : Transcript.Parameters.sotto.x3dh_info
    let sharedSecret = try Formula.hkdf([UInt8](repeating: 0, count: 32), material, label, 32)
    explanation.value("SK", sharedSecret, "HKDF(Z(32), FF×32 ‖ DH1 ‖ … \(suite >= 2 ? "‖ SS" : ""), \"\(label)\", 32)")
    let context = try context(bytes, ephemeral, kemFields, in: &explanation)
    let associatedData = [6] + (try key(initiator)).bytes + [6] + (try key(responder)).bytes + context
    explanation.value("AD", associatedData, "EncodeEC(deviceKey_A) ‖ EncodeEC(deviceKey_B) ‖ context")
    explanation.value("sessionId", [UInt8](context[..<16]), "context[0..16]")
    let exporter = try Formula.hkdf(context, sharedSecret, "Sotto_Export_v1", 96)
    explanation.value("exporter", exporter, "HKDF(context, SK, \"Sotto_Export_v1\", 96)")
    for (name, computed, stated) in [
      ("SK", sharedSecret, shared_secret), ("AD", associatedData, associated_data),
      ("exporter", exporter, self.exporter),
    ] {
      if let stated { try Difference.check(HexBytes(computed), stated, at: "\(comment): \(name)") }
    }
  }

  /// DH1 … DH4 by the responder's private halves.
  private func diffieHellmans(_ ephemeral: HexBytes, in explanation: inout Explanation) throws -> [UInt8] {
    let peer = HexBytes(try initiator.device_seed.signingKey().verifyingKey.agreementKey())
    let own = try responder.device_seed.signingKey().agreementKeyPair().withScalar { HexBytes(revealing: $0) }
    var parts = [
      ("DH1", try Formula.x25519(signed_prekey.scalar, peer), "X25519(SPK_B, IK_A)"),
      ("DH2", try Formula.x25519(own, ephemeral), "X25519(IK_B, EK_A)"),
      ("DH3", try Formula.x25519(signed_prekey.scalar, ephemeral), "X25519(SPK_B, EK_A)"),
    ]
    if let one_time_prekey {
      parts.append(("DH4", try Formula.x25519(one_time_prekey.scalar, ephemeral), "X25519(OPK_B, EK_A)"))
    }
    for (name, bytes, origin) in parts { explanation.value(name, bytes, origin) }
    return parts.flatMap(\.1)
  }

  private func context(
    _ start: [UInt8], _ ephemeral: HexBytes, _ kemFields: [UInt8], in explanation: inout Explanation
  ) throws -> [UInt8] {
    let bundleHash = ContentHash.labelled("Sotto_BundleHash_v1", signed_prekey.published.bytes)
    explanation.value("bundleHash", HexBytes(bundleHash), "H(\"Sotto_BundleHash_v1\", signed bundle)")
    var writer = LayoutWriter()
    writer.append(start[1..<35])  // suite ‖ purpose ‖ purposeId ‖ replaces
    for device in [initiator, responder] {
      writer.append(device.account.bytes)
      writer.uint32(device.device)
    }
    writer.append(bundleHash)
    writer.append([5] + ephemeral.bytes)
    writer.append(start[39..<43])  // the one-time prekey's id
    if let one_time_prekey {
      writer.append([5] + HexBytes(try one_time_prekey.scalar.keyPair().publicKey).bytes)
    } else {
      writer.append([UInt8](repeating: 0, count: 33))
    }
    writer.append(kemFields)
    explanation.value(
      "fields", writer.bytes, "suite ‖ purpose ‖ … ‖ EncodeEC(EK) ‖ opkId ‖ EncodeEC(OPK) ‖ the KEM's hashes")
    let hash = ContentHash.labelled("Sotto_Session_v1", writer.bytes)
    explanation.value("context", HexBytes(hash), "H(\"Sotto_Session_v1\", fields)")
    return hash.array
  }

  private func key(_ device: Device) throws -> HexBytes { HexBytes(try device.device_seed.signingKey().verifyingKey) }
}
