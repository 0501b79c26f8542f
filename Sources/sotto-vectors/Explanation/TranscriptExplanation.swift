import ByteLayout
import Verification

/// Shows a session of a transcript step by step, with every value between the ones that the transcript has.
///
/// Works by the specification's formulas and the recorded private values alone, and compares what they give with the transcript: a difference
/// ends it.
struct TranscriptExplanation {
  private let session: Transcript.Session
  private var states: [Transcript.Side: Transcript.State] = [:]
  private var explanation = Explanation()
  private var place = ""

  init(_ session: Transcript.Session) { self.session = session }

  static func lines(_ session: Transcript.Session) throws -> [String] {
    var explained = TranscriptExplanation(session)
    try explained.handshake()
    for (index, event) in session.events.enumerated() { try explained.event(event, index) }
    return explained.explanation.lines
  }

  // MARK: - X3DH (Protocol §5)

  private mutating func handshake() throws {
    let x3dh = session.x3dh
    place = "session \(session.name), handshake"
    explanation.heading("session \(session.name): X3DH")
    for (name, identity) in [("A", x3dh.alice), ("B", x3dh.bob.identity)] {
      explanation.value("IK_\(name) seed", identity.identity_seed)
      explanation.value("IK_\(name) Ed25519", identity.identity_ed25519_pub)
      explanation.value("IK_\(name) scalar", identity.identity_scalar_sha512_clamped, "clamp(SHA-512(seed)[0..32])")
      explanation.value("IK_\(name) X25519", identity.identity_x25519_pub)
    }
    explanation.value("SPK_B", x3dh.bob.signed_prekey_pub, "scalar \(x3dh.bob.signed_prekey_priv)")
    explanation.value("signature", x3dh.bob.signed_prekey_sig, "Ed25519(IK_B, 05 ‖ SPK_B)")
    explanation.value("EK_A", x3dh.header.ephemeral_key, "scalar \(x3dh.ephemeral_priv)")
    let (spk, ik) = (x3dh.bob.signed_prekey_pub, x3dh.bob.identity_x25519_pub)
    var parts = [
      ("DH1", try Formula.x25519(x3dh.alice.identity_scalar_sha512_clamped, spk), "X25519(IK_A, SPK_B)"),
      ("DH2", try Formula.x25519(x3dh.ephemeral_priv, ik), "X25519(EK_A, IK_B)"),
      ("DH3", try Formula.x25519(x3dh.ephemeral_priv, spk), "X25519(EK_A, SPK_B)"),
    ]
    if let oneTime = x3dh.header.one_time_prekey.value {
      explanation.value("OPK_B", oneTime)
      parts.append(("DH4", try Formula.x25519(x3dh.ephemeral_priv, oneTime), "X25519(EK_A, OPK_B)"))
    }
    for (name, bytes, origin) in parts { explanation.value(name, bytes, origin) }
    let material = [UInt8](repeating: 0xff, count: 32) + parts.flatMap(\.1)
    let secret = try Formula.hkdf(
      [UInt8](repeating: 0, count: 32), material, Transcript.Parameters.sotto.x3dh_info, 32)
    explanation.value(
      "SK", secret,
      "HKDF(Z(32), FF×32 ‖ \(parts.map(\.0).joined(separator: " ‖ ")), \"\(Transcript.Parameters.sotto.x3dh_info)\", 32)"
    )
    try check(secret, x3dh.shared_secret, "SK")
    explanation.value("AD", x3dh.associated_data, "EncodeEC(IK_A) ‖ EncodeEC(IK_B) ‖ appendix")
  }

  // MARK: - The ratchet (Protocol §6)

  private mutating func event(_ event: Transcript.Event, _ index: Int) throws {
    place = "session \(session.name), event \(index)"
    let verb = event.op == .send ? "sends" : event.result == .ok ? "receives" : "refuses"
    let tamper = event.tamper.map { ", changed on its way: \($0)" } ?? ""
    explanation.heading(
      "\(index). \(event.who.rawValue) \(verb) \(event.id)\(tamper)\(event.note.map { " (\($0))" } ?? "")")
    switch (event.op, event.result) {
    case (.send, _): try send(event)
    case (.recv, .ok): try receive(event)
    case (.recv, _): explanation.remark("refused: \(event.error ?? "no reason is recorded"); nothing changes")
    }
    states[event.who] = event.state_after.value
  }

  private mutating func send(_ event: Transcript.Event) throws {
    guard let after = event.state_after.value, let header = event.header else { throw incomplete(event) }
    let chainKey: [UInt8]
    if let before = states[event.who] {
      chainKey = before.send.ck.bytes
    } else {
      let step = try rootStep(
        "RK, CK", root: session.x3dh.shared_secret.bytes, scalar: after.dhs_priv,
        point: session.x3dh.bob.signed_prekey_pub,
        "KDF_RK(SK, X25519(DHs, SPK_B))")
      try check(step.root, after.rk, "RK")
      chainKey = step.chain
    }
    let step = try chainStep(chainKey)
    try check(step.next, after.send.ck, "CK′")
    try message(step.key, header.bytes, event)
  }

  private mutating func receive(_ event: Transcript.Event) throws {
    guard let after = event.state_after.value,
      let sent = session.events.first(where: { $0.op == .send && $0.id == event.id }),
      let header = sent.header?.bytes, header.count == 41
    else { throw incomplete(event) }
    let (key, number) = (HexBytes(header[1..<33]), Self.number(header[37..<41]))
    let before = states[event.who]
    if let kept = before?.skipped.first(where: { $0.dh == key && $0.n == number }) {
      explanation.value("MK", kept.mk, "kept since message \(number) of this chain was passed over")
      return try message(kept.mk.bytes, header, sent)
    }
    if let before, before.dhr == key, let chain = before.recv.value {
      return try message(try passOver(chain.ck.bytes, from: chain.n, to: number), header, sent)
    }
    let root = before?.rk ?? session.x3dh.shared_secret
    let scalar = before?.dhs_priv ?? session.x3dh.bob.signed_prekey_priv
    if let chain = before?.recv.value {
      let previous = Self.number(header[33..<37])
      if previous > chain.n {
        explanation.remark("PN \(previous): messages \(chain.n)..<\(previous) of the old chain are still to come")
      }
    }
    let receiving = try rootStep(
      "RK′, CKr", root: root.bytes, scalar: scalar, point: key, "KDF_RK(RK, X25519(DHs, DHr)): a new key of the peer")
    try message(try passOver(receiving.chain, from: 0, to: number), header, sent)
    explanation.value("DHs", after.dhs_pub, "a new key pair, scalar \(after.dhs_priv)")
    let sending = try rootStep(
      "RK″, CKs", root: receiving.root, scalar: after.dhs_priv, point: key, "KDF_RK(RK′, X25519(new DHs, DHr))")
    try check(sending.root, after.rk, "RK")
    try check(sending.chain, after.send.ck, "CKs")
  }

  // MARK: - Steps

  private mutating func rootStep(
    _ names: String, root: [UInt8], scalar: HexBytes, point: HexBytes, _ origin: String
  ) throws -> (root: [UInt8], chain: [UInt8]) {
    let shared = try Formula.x25519(scalar, point)
    explanation.value("DH", shared, "X25519(\(scalar), \(point))")
    let output = try Formula.hkdf(root, shared, Transcript.Parameters.sotto.root_info, 64)
    explanation.value(names, output, origin)
    return ([UInt8](output[..<32]), [UInt8](output[32...]))
  }

  private mutating func chainStep(_ chainKey: [UInt8]) throws -> (key: [UInt8], next: [UInt8]) {
    let (key, next) = (try Formula.hmac(chainKey, [1]), try Formula.hmac(chainKey, [2]))
    explanation.value("CK", chainKey)
    explanation.value("MK", key, "HMAC(CK, 01)")
    explanation.value("CK′", next, "HMAC(CK, 02)")
    return (key, next)
  }

  /// The message key of `target`, after keeping those before it.
  private mutating func passOver(_ chainKey: [UInt8], from first: UInt32, to target: UInt32) throws -> [UInt8] {
    var chainKey = chainKey
    for number in first..<target {
      explanation.value("kept \(number)", try Formula.hmac(chainKey, [1]), "message \(number) has not come yet")
      chainKey = try Formula.hmac(chainKey, [2])
    }
    return try chainStep(chainKey).key
  }

  /// From a message key to the words, which must be those that were sent.
  private mutating func message(_ key: [UInt8], _ header: [UInt8], _ sent: Transcript.Event) throws {
    let output = try Formula.hkdf(
      [UInt8](repeating: 0, count: 32), key, Transcript.Parameters.sotto.msg_info, 56)
    explanation.value(
      "key", [UInt8](output[..<32]), "HKDF(Z(32), MK, \"\(Transcript.Parameters.sotto.msg_info)\", 56)[0..32]")
    explanation.value("nonce", [UInt8](output[32...]), "the other 24 bytes")
    explanation.value(
      "header", header, "01 ‖ DHs ‖ PN \(Self.number(header[33..<37])) ‖ N \(Self.number(header[37..<41]))")
    guard let additionalData = sent.aad?.bytes else { throw incomplete(sent) }
    explanation.value("AAD", additionalData, "u32(len AD) ‖ AD ‖ header")
    guard let ciphertext = sent.ciphertext?.value?.bytes else {
      return explanation.remark("the ciphertext is long: SHA-256 \(sent.ciphertext_sha256?.description ?? "(missing)")")
    }
    explanation.value("ciphertext", ciphertext, "AEAD(key, nonce, AAD, plaintext), tag at the end")
    let plaintext = try Formula.open(
      ciphertext, key: [UInt8](output[..<32]), nonce: [UInt8](output[32...]), additionalData: additionalData)
    explanation.value("plaintext", plaintext)
    try check(plaintext, sent.plaintext ?? HexBytes([]), "plaintext")
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }

  private func incomplete(_ event: Transcript.Event) -> Difference {
    Difference(place: "\(place): \(event.id)", computed: "cannot be explained", expected: "leaves values out")
  }

  private func check(_ computed: [UInt8], _ expected: HexBytes, _ name: String) throws {
    try Difference.check(HexBytes(computed), expected, at: "\(place): \(name)")
  }
}
