import ByteLayout
import Primitives
import SecretMemory
import TestSupport
import Testing

@Suite struct Randomness {
  @Test func `the system's bytes fill all of the secret and do not repeat`() throws {
    let randomness = try SystemRandomness()
    var seen = Set<[UInt8]>()
    // Every position takes a value other than zero in 64 draws, but for one chance in 2⁵⁰⁰ or so.
    var touched = [Bool](repeating: false, count: 40)
    for _ in 0..<64 {
      let drawn = bytes(of: try randomness.secret(byteCount: 40))
      seen.insert(drawn)
      for index in drawn.indices where drawn[index] != 0 { touched[index] = true }
    }
    #expect(seen.count == 64)
    #expect(touched.allSatisfy { $0 })
  }

  @Test func `public values come from the same source`() throws {
    let randomness = try SystemRandomness()
    let first: FixedBytes<16> = randomness.fixed()
    let second: FixedBytes<16> = randomness.fixed()
    #expect(first != second)
    #expect(!first.isZero)
  }

  @Test func `an unsupported size is a refusal and not a crash`() throws {
    let randomness = try SystemRandomness()
    #expect(throws: PrimitiveError.secretMemory(.unsupportedByteCount(300_000))) {
      _ = try randomness.secret(byteCount: 300_000).byteCount
    }
  }

  @Test func `equal seeds give equal bytes, other seeds others`() throws {
    let first = bytes(of: try SeededRandomness("a").secret(byteCount: 100))
    #expect(bytes(of: try SeededRandomness("a").secret(byteCount: 100)) == first)
    #expect(bytes(of: try SeededRandomness("b").secret(byteCount: 100)) != first)
  }
}
