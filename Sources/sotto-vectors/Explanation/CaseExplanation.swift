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
  /// The layers of an envelope of version 1 (C3), as its recipient takes them off.
  func explain(in explanation: inout Explanation) throws {
    let bytes = try envelope?.bytes ?? sealed()
    guard bytes.count >= 123, bytes[0] == 1 else { return explanation.remark("no envelope of version 1") }
    let (ephemeral, name, body) = (HexBytes(bytes[5..<37]), [UInt8](bytes[37..<123]), [UInt8](bytes[123...]))
    let sealKey = HexBytes(try seal_scalar.keyPair().publicKey)
    explanation.value("E", ephemeral)
    explanation.value("S", sealKey, "scalar \(seal_scalar)")
    let transcript = ContentHash.labelled(
      "Sotto_Sealed_v1", [1] + mailbox.bytes + envelope_id.bytes + bytes[1..<5] + sealKey.bytes + ephemeral.bytes
    ).array
    explanation.value("t", transcript, "H(\"Sotto_Sealed_v1\", 01 ‖ mailbox ‖ envelopeId ‖ sealId ‖ S ‖ E)")
    let first = try Formula.x25519(seal_scalar, ephemeral)
    explanation.value("DH1", first, "X25519(S, E)")
    let nameKey = try Formula.hkdf(transcript, first, "Sotto_Sealed_Sender_v1", 32)
    explanation.value("k1", nameKey, "HKDF(t, DH1, \"Sotto_Sealed_Sender_v1\", 32)")
    let nonce = [UInt8](repeating: 0, count: 24)
    let opened = try Formula.open(name, key: nameKey, nonce: nonce, additionalData: transcript)
    explanation.value("sender", opened, "AEAD⁻¹(k1, Z(24), t, c1): accountId ‖ device ‖ deviceKey ‖ kind")
    let deviceKey = try HexBytes(opened[37..<69]).verifyingKey()
    let second = try Formula.x25519(seal_scalar, HexBytes(try deviceKey.agreementKey()))
    explanation.value("DH2", second, "X25519(S, the device key as X25519)")
    let bodyKey = try Formula.hkdf(transcript, first + second, "Sotto_Sealed_Body_v1", 32)
    explanation.value("k2", bodyKey, "HKDF(t, DH1 ‖ DH2, \"Sotto_Sealed_Body_v1\", 32)")
    let padded = try Formula.open(body, key: bodyKey, nonce: nonce, additionalData: transcript + name)
    explanation.value("padded", padded, "AEAD⁻¹(k2, Z(24), t ‖ c1, c2): payload ‖ 80 ‖ 00…")
  }
}
