import ByteLayout
import Primitives
import SecretMemory
import TestSupport
import Testing

@Suite struct X25519 {
  @Test func `the first vector of RFC 7748 section 5,2 comes out`() throws {
    #expect(
      try x25519(
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")
        == "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
  }

  @Test func `the second vector is refused as it is printed and comes out with bit 255 cleared`() throws {
    let scalar = "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"
    // RFC 7748 masks the top bit; here a peer's key has one encoding, so a set bit is refused.
    #expect(throws: PrimitiveError.nonCanonicalKey) {
      try x25519(scalar, "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493")
    }
    #expect(
      try x25519(scalar, "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a413")
        == "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957")
  }

  @Test func `a thousand iterations of RFC 7748 section 5,2 end where it says`() throws {
    var scalar = "0900000000000000000000000000000000000000000000000000000000000000"
    var point = scalar
    for round in 1...1_000 {
      (scalar, point) = (try x25519(scalar, point), scalar)
      if round == 1 { #expect(scalar == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079") }
    }
    #expect(scalar == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51")
  }

  @Test func `the key agreement of RFC 7748 section 6,1 comes out on both sides`() throws {
    let alice = try X25519KeyPair(
      scalar: try secret("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
    let bob = try X25519KeyPair(
      scalar: try secret("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"))
    #expect(alice.publicKey.bytes.description == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    #expect(bob.publicKey.bytes.description == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
    let shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
    #expect(text(of: try alice.sharedSecret(with: bob.publicKey)) == shared)
    #expect(text(of: try bob.sharedSecret(with: alice.publicKey)) == shared)
  }

  /// Order 4 (0), 1 (1), 8 (two of them) and 2 (p − 1): the canonical ones.
  @Test(arguments: [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ])
  func `a point of small order is refused by every scalar`(point: String) throws {
    let peer = try agreementKey(point)
    let randomness = SeededRandomness("small order \(point)")
    for _ in 0..<8 {
      let pair = try X25519KeyPair(from: randomness)
      #expect(throws: PrimitiveError.nonContributoryKey) { _ = try pair.sharedSecret(with: peer).byteCount }
    }
  }

  /// The other two of the seven of small order, p and p + 1, are caught earlier, with everything that is ≥ p.
  @Test(arguments: [
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p + 1
    "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // p + 3
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  // 2²⁵⁵ − 1
    "0900000000000000000000000000000000000000000000000000000000000080",  // 9 with the high bit
    "0000000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",  // p − 1 with the high bit
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  ])
  func `an encoding that is not canonical is refused`(point: String) throws {
    #expect(throws: PrimitiveError.nonCanonicalKey) { try agreementKey(point) }
  }

  @Test func `all nineteen values from p to 2²⁵⁵ − 1 are refused, and the values around are not`() throws {
    for low in 0xed...0xff {
      #expect(throws: PrimitiveError.nonCanonicalKey) {
        try agreementKey(Hexadecimal.encode([UInt8(low)]) + String(repeating: "ff", count: 30) + "7f")
      }
    }
    #expect(throws: Never.self) {
      _ = try agreementKey("ec" + String(repeating: "ff", count: 30) + "7f")
      _ = try agreementKey("ff" + String(repeating: "ff", count: 30) + "7e")
      for index in 1..<31 {
        var value = [UInt8](repeating: 0xff, count: 32)
        value[31] = 0x7f
        value[index] = 0xfe
        _ = try X25519PublicKey(validating: try FixedBytes(value))
      }
    }
  }

  @Test(arguments: [0, 31, 33, 64])
  func `a scalar of another size is refused`(count: Int) throws {
    #expect(throws: PrimitiveError.wrongByteCount(expected: 32, actual: count)) {
      _ = try X25519KeyPair(scalar: try SecretBytes(copying: [UInt8](repeating: 1, count: count))).publicKey
    }
    let key = try X25519KeyPair(from: SeededRandomness("sizes")).publicKey
    #expect(throws: PrimitiveError.wrongByteCount(expected: 32, actual: count)) {
      _ = try X25519KeyPair(
        archivedScalar: try SecretBytes(copying: [UInt8](repeating: 1, count: count)), publicKey: key
      ).publicKey
    }
  }

  @Test func `the scalar is kept unclamped`() throws {
    let scalar = String(repeating: "ff", count: 32)
    let pair = try X25519KeyPair(scalar: try secret(scalar))
    #expect(pair.withScalar { text(of: $0) } == scalar)
    // Clamping inside the multiplication: the bits that it sets and clears make no difference.
    let clamped = try X25519KeyPair(scalar: try secret("f8" + String(repeating: "ff", count: 30) + "7f"))
    #expect(clamped.publicKey == pair.publicKey)
  }

  @Test func `a duplicate and a pair from the archive agree as the original does`() throws {
    let randomness = SeededRandomness("duplicate")
    let pair = try X25519KeyPair(from: randomness)
    let peer = try X25519KeyPair(from: randomness).publicKey
    let copy = try pair.duplicate()
    #expect(copy.publicKey == pair.publicKey)
    let archived = try X25519KeyPair(
      archivedScalar: try pair.withScalar { scalar throws(SecretMemoryError) in try scalar.duplicate() },
      publicKey: pair.publicKey)
    let expected = text(of: try pair.sharedSecret(with: peer))
    #expect(text(of: try copy.sharedSecret(with: peer)) == expected)
    #expect(text(of: try archived.sharedSecret(with: peer)) == expected)
  }

  @Test func `two pairs from the system's randomness differ`() throws {
    let randomness = try SystemRandomness()
    #expect(try X25519KeyPair(from: randomness).publicKey != X25519KeyPair(from: randomness).publicKey)
  }
}
