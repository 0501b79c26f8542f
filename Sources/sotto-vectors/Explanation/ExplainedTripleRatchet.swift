import ByteLayout
import Primitives
import SecretMemory

/// One side of a session of suite 3: the Double Ratchet, and the post-quantum ratchet's chain in every message key (Protocol §6, §6a).
struct ExplainedTripleRatchet {
  private struct KeptKey {
    let remote: [UInt8]
    let number: UInt32
    let mixed: [UInt8]
  }

  private let associatedData: [UInt8]
  private var root: [UInt8]
  private var scalar: [UInt8]
  private var remote: [UInt8] = []
  private var sendingKey: [UInt8] = []
  private var receivingKey: [UInt8]?
  private var sentCount: UInt32 = 0
  private var receivedCount: UInt32 = 0
  private var previousCount: UInt32 = 0
  private var kept: [KeptKey] = []
  private var draws: RecordedDraws
  private(set) var sparse: ExplainedSparseRatchet

  init(
    of conversation: TripleRatchetCase, _ side: TripleRatchetCase.Side, in explanation: inout Explanation
  ) throws {
    let isInitiator = side == .alice
    associatedData = conversation.associated_data.bytes
    root = conversation.shared_secret.bytes
    draws = RecordedDraws(isInitiator ? conversation.alice_draws : conversation.bob_draws)
    explanation.value("SK", root, "of the handshake")
    sparse = try ExplainedSparseRatchet(
      sharedSecret: root, isInitiator: isInitiator, draws: &draws, in: &explanation)
    scalar = conversation.signed_prekey.bytes
    guard isInitiator else { return }
    remote = HexBytes(try conversation.signed_prekey.keyPair().publicKey).bytes
    scalar = try draws.take(32)
    sendingKey = try rootStep("RK, CKs", "KDF_RK(SK, X25519(DHs, SPK_B))", in: &explanation)
  }

  // MARK: - Sending

  /// The next message: its header and its ciphertext.
  mutating func send(
    _ plaintext: [UInt8], reserve: Int, in explanation: inout Explanation
  ) throws -> (header: [UInt8], ciphertext: [UInt8]) {
    var header = LayoutWriter()
    header.uint8(2)
    header.append(HexBytes(try HexBytes(scalar).keyPair().publicKey).bytes)
    header.uint32(previousCount)
    header.uint32(sentCount)
    header.uint32(sparse.sendingEpoch)
    header.uint32(sparse.sending.number)
    let messageKey = try Self.chainStep(&sendingKey, in: &explanation)
    sentCount += 1
    let mixed = try Self.mixed(messageKey, with: sparse.sending.key, in: &explanation)
    try sparse.advanceSending()
    let fragment = sparse.fragment(reserve: reserve, in: &explanation)
    let (key, nonce) = try Self.keyAndNonce(mixed, in: &explanation)
    explanation.value(
      "header", header.bytes, "02 ‖ DHs ‖ PN ‖ N ‖ epoch \(sparse.sendingEpoch) ‖ number \(sparse.sending.number - 1)")
    explanation.value("plaintext", plaintext)
    let ciphertext = try XChaCha20Poly1305.seal(
      fragment + plaintext, key: try SecretBytes(copying: key), nonce: try FixedBytes(nonce),
      additionalData: additionalData(header.bytes, in: &explanation))
    explanation.value("ciphertext", ciphertext, "AEAD(key, nonce, AAD, units ‖ plaintext), tag at the end")
    return (header.bytes, ciphertext)
  }

  // MARK: - Receiving

  /// Reads a message that must open.
  mutating func receive(
    _ header: [UInt8], _ ciphertext: [UInt8], in explanation: inout Explanation
  ) throws -> [UInt8] {
    var reader = LayoutReader(header)
    try reader.expect(2, field: "header version")
    let key = [UInt8](try reader.bytes(32))
    let (previous, number) = (try reader.uint32(), try reader.uint32())
    let (epoch, numberInEpoch) = (try reader.uint32(), try reader.uint32())
    let late = kept.firstIndex { $0.remote == key && $0.number == number }
    let mixed: [UInt8]
    var isNewKey = false
    if let late {
      mixed = kept.remove(at: late).mixed
      explanation.value(
        "mixed", mixed, "kept since message \(number) of this chain was passed over; its units do not count")
    } else {
      isNewKey = key != remote
      let rest = isNewKey && receivingKey != nil && previous > receivedCount ? previous - receivedCount : 0
      let ahead = isNewKey ? number : number - receivedCount
      var chainKeys = try sparse.chainKeys(to: epoch, numberInEpoch, distance: rest + ahead)[...]
      try passOver(rest, &chainKeys, in: &explanation)
      if isNewKey {
        (previousCount, sentCount, receivedCount, remote) = (sentCount, 0, 0, key)
        receivingKey = try rootStep("RK′, CKr", "KDF_RK(RK, X25519(DHs, DHr)): a new key of the peer", in: &explanation)
      }
      try passOver(ahead, &chainKeys, in: &explanation)
      var chain = receivingKey ?? []
      let messageKey = try Self.chainStep(&chain, in: &explanation)
      (receivingKey, receivedCount) = (chain, receivedCount + 1)
      mixed = try Self.mixed(messageKey, with: chainKeys.popFirst() ?? [], in: &explanation)
    }
    let (aeadKey, nonce) = try Self.keyAndNonce(mixed, in: &explanation)
    let opened = try Formula.open(
      ciphertext, key: aeadKey, nonce: nonce, additionalData: additionalData(header, in: &explanation))
    let end = 2 + 32 * Int(opened[1])
    let plaintext = [UInt8](opened[end...])
    explanation.value("plaintext", plaintext, "what was decrypted, after \(opened[1]) units")
    guard late == nil else { return plaintext }
    try sparse.received([UInt8](opened[..<end]), draws: &draws, in: &explanation)
    if isNewKey {
      scalar = try draws.take(32)
      explanation.value("DHs", scalar, "drawn: a new key pair's scalar")
      sendingKey = try rootStep("RK″, CKs", "KDF_RK(RK′, X25519(new DHs, DHr))", in: &explanation)
    }
    return plaintext
  }

  // MARK: - Steps

  private mutating func passOver(
    _ count: UInt32, _ chainKeys: inout ArraySlice<[UInt8]>, in explanation: inout Explanation
  ) throws {
    for _ in 0..<count {
      let chain = receivingKey ?? []
      let mixed = try Formula.hmac(chainKeys.popFirst() ?? [], try Formula.hmac(chain, [1]))
      explanation.value("kept \(receivedCount)", mixed, "HMAC(ck, MK): message \(receivedCount) has not come yet")
      kept.append(KeptKey(remote: remote, number: receivedCount, mixed: mixed))
      receivingKey = try Formula.hmac(chain, [2])
      receivedCount += 1
    }
  }

  private mutating func rootStep(
    _ names: String, _ origin: String, in explanation: inout Explanation
  ) throws -> [UInt8] {
    let shared = try Formula.x25519(HexBytes(scalar), HexBytes(remote))
    explanation.value("DH", shared, "X25519(\(HexBytes(scalar)), \(HexBytes(remote)))")
    let output = try Formula.hkdf(root, shared, Transcript.Parameters.sotto.root_info, 64)
    explanation.value(names, output, origin)
    root = [UInt8](output[..<32])
    return [UInt8](output[32...])
  }

  private static func chainStep(_ chain: inout [UInt8], in explanation: inout Explanation) throws -> [UInt8] {
    let messageKey = try Formula.hmac(chain, [1])
    explanation.value("CK", chain)
    explanation.value("MK", messageKey, "HMAC(CK, 01)")
    chain = try Formula.hmac(chain, [2])
    explanation.value("CK′", chain, "HMAC(CK, 02)")
    return messageKey
  }

  private static func mixed(
    _ messageKey: [UInt8], with chainKey: [UInt8], in explanation: inout Explanation
  ) throws -> [UInt8] {
    explanation.value("ck", chainKey, "of the epoch")
    let mixed = try Formula.hmac(chainKey, messageKey)
    explanation.value("mixed", mixed, "HMAC(ck, MK), what HKDF with salt ck extracts")
    explanation.value("ck′", try Formula.hmac(chainKey, [2]), "HMAC(ck, 02)")
    return mixed
  }

  private static func keyAndNonce(
    _ mixed: [UInt8], in explanation: inout Explanation
  ) throws -> (key: [UInt8], nonce: [UInt8]) {
    let label = Transcript.Parameters.sotto.msg_info
    let first = try Formula.hmac(mixed, [UInt8](label.utf8) + [1])
    let second = try Formula.hmac(mixed, first + [UInt8](label.utf8) + [2])
    explanation.value("key", first, "HMAC(mixed, \"\(label)\" ‖ 01), what HKDF expands")
    explanation.value("nonce", [UInt8](second[..<24]), "HMAC(mixed, key ‖ \"\(label)\" ‖ 02)[0..24]")
    return (first, [UInt8](second[..<24]))
  }

  private func additionalData(_ header: [UInt8], in explanation: inout Explanation) -> [UInt8] {
    var writer = LayoutWriter()
    writer.uint32(UInt32(associatedData.count))
    writer.append(associatedData)
    writer.append(header)
    explanation.value("AAD", writer.bytes, "u32(len AD) ‖ AD ‖ header")
    return writer.bytes
  }
}
