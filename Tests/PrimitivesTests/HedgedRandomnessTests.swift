import ByteLayout
import Primitives
import SecretMemory
import TestSupport
import Testing
import Verification

/// A generator that has failed: it gives one byte over and over.
private struct Stuck: Primitives.Randomness {
  func fill(_ bytes: inout MutableRawSpan) {
    for index in 0..<bytes.byteCount { bytes.storeBytes(of: 0x5a, toByteOffset: index, as: UInt8.self) }
  }
}

@Suite struct `Hedged randomness` {
  private func hedged(_ device: String, start: UInt64 = 1_000) throws -> HedgedRandomness {
    let randomness = HedgedRandomness(Stuck())
    try randomness.hedge(by: try Ed25519SigningKey(from: SeededRandomness(device)), start: start)
    return randomness
  }

  private func draw(_ randomness: HedgedRandomness, _ byteCount: Int = 32) throws -> [UInt8] {
    bytes(of: try randomness.secret(byteCount: byteCount))
  }

  @Test func `a generator that repeats itself gives other bytes on every device, in every draw and after every start`()
    throws
  {
    let first = try hedged("a")
    var drawn = [try draw(first), try draw(first), try draw(try hedged("b"))]
    drawn.append(try draw(try hedged("a", start: 1_001)))
    #expect(Set(drawn).count == drawn.count)
    #expect(!drawn.contains([UInt8](repeating: 0x5a, count: 32)))
    let public1: FixedBytes<16> = first.fixed()
    let public2: FixedBytes<16> = first.fixed()
    #expect(public1 != public2)
  }

  @Test func `what comes out is HKDF of the generator's bytes, salted with a hash of the device's signature`() throws {
    let key = try Ed25519SigningKey(from: SeededRandomness("a"))
    let signature = try key.signature(label: "Sotto_Randomness_v1", body: [])
    let salt = ContentHash.sha256(signature.bytes.array).array
    let info = [UInt8]("Sotto_Randomness_v1".utf8) + [0] + [0, 0, 0, 0, 0, 0, 3, 0xe8] + [0, 0, 0, 0, 0, 0, 0, 1]
    let expected = try HKDFSHA256.derive(
      salt: salt, inputKeyMaterial: try SecretBytes(copying: [UInt8](repeating: 0x5a, count: 32)), info: info,
      byteCount: 100)
    #expect(try draw(try hedged("a"), 100) == bytes(of: expected))
  }

  @Test func `a good generator makes equal devices differ, and without a key it is alone`() throws {
    let (left, right) = (HedgedRandomness(SeededRandomness("1")), HedgedRandomness(SeededRandomness("2")))
    #expect(try draw(left) == bytes(of: try SeededRandomness("1").secret(byteCount: 32)))
    let key = try Ed25519SigningKey(from: SeededRandomness("a"))
    try left.hedge(by: key, start: 7)
    try right.hedge(by: key, start: 7)
    #expect(try draw(left) != draw(right))
  }

  @Test func `more than a derivation can give comes from the generator`() throws {
    #expect(try draw(try hedged("a"), 8_161).allSatisfy { $0 == 0x5a })
    #expect(try draw(try hedged("a"), 8_160).contains { $0 != 0x5a })
  }
}
