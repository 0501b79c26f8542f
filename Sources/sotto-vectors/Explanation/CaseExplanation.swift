import ByteLayout
import Primitives
import Verification

/// A family that can show how its cases come about.
protocol ExplainedCase: VectorCase {
  func explain(in explanation: inout Explanation) throws
}

extension HKDFCase: ExplainedCase {
  func explain(in explanation: inout Explanation) throws {
    explanation.value(
      "PRK", try Formula.hmac(salt.bytes.isEmpty ? [0] : salt.bytes, input_key_material.bytes), "HMAC(salt, IKM)")
  }
}

extension SealedEnvelopeCase: ExplainedCase {
  /// The layers of an envelope (C3), as its recipient takes them off.
  func explain(in explanation: inout Explanation) throws {
    let bytes = try envelope?.bytes ?? sealed()
    guard bytes.count >= 123, [1, 2].contains(bytes[0]) else { return explanation.remark("no envelope that is known") }
    let secret = bytes[0] == 2 ? seal_secret?.bytes ?? [] : []
    let sigma = bytes[0] == 2 ? " ‖ σ" : ""
    if !secret.isEmpty { explanation.value("σ", secret) }
    let (ephemeral, name, body) = (HexBytes(bytes[5..<37]), [UInt8](bytes[37..<123]), [UInt8](bytes[123...]))
    let sealKey = HexBytes(try seal_scalar.keyPair().publicKey)
    explanation.value("E", ephemeral)
    explanation.value("S", sealKey, "scalar \(seal_scalar)")
    let transcript = ContentHash.labelled(
      "Sotto_Sealed_v1",
      bytes[..<1] + mailbox.bytes + envelope_id.bytes + bytes[1..<5] + sealKey.bytes + ephemeral.bytes
    ).array
    explanation.value("t", transcript, "H(\"Sotto_Sealed_v1\", version ‖ mailbox ‖ envelopeId ‖ sealId ‖ S ‖ E)")
    let first = try Formula.x25519(seal_scalar, ephemeral)
    explanation.value("DH1", first, "X25519(S, E)")
    let nameKey = try Formula.hkdf(transcript, first + secret, "Sotto_Sealed_Sender_v1", 32)
    explanation.value("k1", nameKey, "HKDF(t, DH1\(sigma), \"Sotto_Sealed_Sender_v1\", 32)")
    let nonce = [UInt8](repeating: 0, count: 24)
    let opened = try Formula.open(name, key: nameKey, nonce: nonce, additionalData: transcript)
    explanation.value("sender", opened, "AEAD⁻¹(k1, Z(24), t, c1): accountId ‖ device ‖ deviceKey ‖ kind")
    let deviceKey = try HexBytes(opened[37..<69]).verifyingKey()
    let second = try Formula.x25519(seal_scalar, HexBytes(try deviceKey.agreementKey()))
    explanation.value("DH2", second, "X25519(S, the device key as X25519)")
    let bodyKey = try Formula.hkdf(transcript, first + second + secret, "Sotto_Sealed_Body_v1", 32)
    explanation.value("k2", bodyKey, "HKDF(t, DH1 ‖ DH2\(sigma), \"Sotto_Sealed_Body_v1\", 32)")
    let padded = try Formula.open(body, key: bodyKey, nonce: nonce, additionalData: transcript + name)
    explanation.value("padded", padded, "AEAD⁻¹(k2, Z(24), t ‖ c1, c2): payload ‖ 80 ‖ 00…")
  }
}
