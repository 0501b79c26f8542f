import ByteLayout
import Primitives
import SecretMemory
import VectorSupport
import Verification

/// One side of the post-quantum ratchet, by the formulas of Protocol §6a and recorded draws alone: written once more, beside the
/// product's own.
struct ExplainedSparseRatchet {
  enum Phase: String { case offering, confirming, collecting, answering }

  /// A chain key, and how many messages it has had.
  struct Chain {
    var key: [UInt8]
    var number: UInt32 = 0

    mutating func advance() throws {
      key = try Formula.hmac(key, [2])
      number += 1
    }
  }

  private static let unitByteCount = 32
  private static let unitCount = 37
  private static let mostUnits = 4
  private static let ciphertextByteCount = 1_088

  private(set) var phase: Phase
  /// Of the newest epoch in which the peer has sent.
  private(set) var epoch: UInt32 = 0
  private(set) var sending: Chain
  /// What the last message carried, in words.
  private(set) var sentUnits = "no units"
  private var receiving: Chain
  private var root: [UInt8]
  /// The chains of the next epoch, as far as they are waiting to be used.
  private var nextSending: [UInt8] = []
  private var nextReceiving: [UInt8] = []
  /// The encapsulation key or the ciphertext that is being sent, and the unit that goes next.
  private var value: [UInt8] = []
  private var next = 0
  private var seed: [UInt8] = []
  private var collected: [Int: [UInt8]] = [:]
  private var entersNextEpoch = false

  /// Epoch 0 (§6a.3). The initiator makes the first key pair.
  init(
    sharedSecret: [UInt8], isInitiator: Bool, draws: inout RecordedDraws, in explanation: inout Explanation
  ) throws {
    let keys = try Formula.hkdf([UInt8](repeating: 0, count: 32), sharedSecret, "Sotto_PQ_Start_v1", 96)
    explanation.value("root₀ ‖ ckg ‖ cke", keys, "HKDF(Z(32), SK, \"Sotto_PQ_Start_v1\", 96): epoch 0")
    root = [UInt8](keys[..<32])
    let (generator, other) = (Chain(key: [UInt8](keys[32..<64])), Chain(key: [UInt8](keys[64...])))
    (sending, receiving) = isInitiator ? (generator, other) : (other, generator)
    phase = .collecting
    if isInitiator { try offer(&draws, in: &explanation) }
  }

  /// The epoch in which this side sends.
  var sendingEpoch: UInt32 { phase == .confirming ? epoch + 1 : epoch }

  // MARK: - Sending

  mutating func advanceSending() throws { try sending.advance() }

  /// What stands in front of the next plaintext (§6a.5).
  mutating func fragment(reserve: Int, in explanation: inout Explanation) -> [UInt8] {
    let isSending = phase == .offering && collected.isEmpty || phase == .answering
    let count = isSending ? min(max(reserve, 0) / Self.unitByteCount, Self.mostUnits) : 0
    guard count > 0 else {
      sentUnits = "no units"
      explanation.value("units", [0, 0], "none")
      return [0, 0]
    }
    let padded = value + [UInt8](repeating: 0, count: Self.unitCount * Self.unitByteCount - value.count)
    let units = (next..<next + count).map { $0 % Self.unitCount }
    let bytes =
      [UInt8(next), UInt8(count)]
      + units.flatMap { padded[$0 * Self.unitByteCount..<($0 + 1) * Self.unitByteCount] }
    sentUnits = "units \(units.map(String.init).joined(separator: ", ")) of \(phase == .offering ? "ek" : "ct")"
    explanation.value("units", bytes, "first ‖ count ‖ \(sentUnits)")
    next = (next + count) % Self.unitCount
    return bytes
  }

  // MARK: - Receiving

  /// The chain keys of the messages up to the one at this place, in the order in which they were sent (§6a.6).
  ///
  /// - Parameter distance: how many before it have not come.
  mutating func chainKeys(to epoch: UInt32, _ number: UInt32, distance: UInt32) throws -> [[UInt8]] {
    entersNextEpoch = epoch == self.epoch + 1
    let ofOld = entersNextEpoch ? distance - number : distance + 1
    var keys: [[UInt8]] = []
    func take(_ count: UInt32, of chain: inout Chain) throws {
      for _ in 0..<count {
        keys.append(chain.key)
        try chain.advance()
      }
    }
    try take(ofOld, of: &receiving)
    if entersNextEpoch {
      receiving = Chain(key: nextReceiving)
      try take(number + 1, of: &receiving)
    }
    return keys
  }

  /// What an authentic message does besides being read.
  mutating func received(
    _ fragment: [UInt8], draws: inout RecordedDraws, in explanation: inout Explanation
  ) throws {
    if entersNextEpoch {
      epoch += 1
      explanation.remark("the first message of epoch \(epoch): the chains of the one before are forgotten")
      collected = [:]
      if phase == .confirming {
        phase = .collecting
      } else {
        sending = Chain(key: nextSending)
        try offer(&draws, in: &explanation)
      }
    }
    guard phase == .offering || phase == .collecting else { return }
    for index in 0..<Int(fragment[1]) {
      let start = 2 + index * Self.unitByteCount
      let unit = (Int(fragment[0]) + index) % Self.unitCount
      if collected[unit] == nil { collected[unit] = [UInt8](fragment[start..<start + Self.unitByteCount]) }
    }
    if fragment[1] > 0 { explanation.remark("\(collected.count) of \(Self.unitCount) units are here") }
    guard collected.count == Self.unitCount else { return }
    let whole = (0..<Self.unitCount).flatMap { collected[$0] ?? [] }
    if phase == .collecting {
      try encapsulate(to: whole, draws: &draws, in: &explanation)
    } else {
      try decapsulate([UInt8](whole[..<Self.ciphertextByteCount]), in: &explanation)
    }
  }

  private mutating func offer(_ draws: inout RecordedDraws, in explanation: inout Explanation) throws {
    seed = try draws.take(64)
    value = try keyPair().publicKey.bytes
    (phase, next, collected) = (.offering, 0, [:])
    explanation.value("seed", seed, "drawn: d ‖ z of a new key pair, for epoch \(epoch + 1)")
    explanation.value("ek", value, "ML-KEM-768.KeyGen(d, z)")
  }

  private mutating func encapsulate(
    to key: [UInt8], draws: inout RecordedDraws, in explanation: inout Explanation
  ) throws {
    let message = try draws.take(32)
    let encapsulation = try KnownEncapsulation.encapsulate(
      to: try MLKEMPublicKey(validating: key, .mlKEM768), message: message)
    value = encapsulation.ciphertext.bytes
    explanation.value("ek", key, "all of it is here")
    explanation.value("m", message, "drawn")
    explanation.value("ct", value, "ML-KEM-768.Encaps(ek, m)")
    let keys = try followingKeys(
      HexBytes(revealing: encapsulation.sharedSecret).bytes, key: key, ciphertext: value, in: &explanation)
    (nextReceiving, nextSending) = keys
    (phase, next, collected) = (.answering, 0, [:])
  }

  private mutating func decapsulate(_ ciphertext: [UInt8], in explanation: inout Explanation) throws {
    let secret = try keyPair().decapsulate(try MLKEMCiphertext(validating: ciphertext, .mlKEM768))
    explanation.value("ct", ciphertext, "all of it is here")
    let keys = try followingKeys(
      HexBytes(revealing: secret).bytes, key: value, ciphertext: ciphertext, in: &explanation)
    sending = Chain(key: keys.generator)
    nextReceiving = keys.encapsulator
    (phase, collected, seed) = (.confirming, [:], [])
  }

  /// The root of the next epoch takes the place of this one's (§6a.3).
  private mutating func followingKeys(
    _ secret: [UInt8], key: [UInt8], ciphertext: [UInt8], in explanation: inout Explanation
  ) throws -> (generator: [UInt8], encapsulator: [UInt8]) {
    let hash = ContentHash.sha256(key + ciphertext).array
    explanation.value("ss", secret)
    explanation.value("hash", hash, "SHA-256(ek ‖ ct)")
    var info = LayoutWriter()
    info.append("Sotto_PQ_Epoch_v1".utf8)
    info.uint32(epoch + 1)
    info.append(hash)
    let keys = try Formula.hkdf(root, secret, info: info.bytes, 96)
    explanation.value(
      "root ‖ ckg ‖ cke", keys, "HKDF(root, ss, \"Sotto_PQ_Epoch_v1\" ‖ \(epoch + 1) ‖ hash, 96): epoch \(epoch + 1)")
    root = [UInt8](keys[..<32])
    return ([UInt8](keys[32..<64]), [UInt8](keys[64...]))
  }

  private func keyPair() throws -> MLKEMKeyPair {
    try MLKEMKeyPair(.mlKEM768, seed: try SecretBytes(copying: seed))
  }
}

/// What a side drew, in order.
struct RecordedDraws {
  private var left: ArraySlice<HexBytes>

  init(_ draws: [HexBytes]) { left = draws[...] }

  mutating func take(_ count: Int) throws -> [UInt8] {
    guard let draw = left.popFirst(), draw.bytes.count == count else {
      throw Difference(place: "draws", computed: "a draw of \(count) bytes", expected: "another, or no more")
    }
    return draw.bytes
  }
}
