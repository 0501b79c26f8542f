import ByteLayout
import Primitives
import SecretMemory
import Testing

@Suite struct `XChaCha20-Poly1305` {
  // draft-irtf-cfrg-xchacha appendix A.3.1, recomputed with PyNaCl.
  private static let key = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
  private static let nonce = "404142434445464748494a4b4c4d4e4f5051525354555657"
  private static let additionalData = "50515253c0c1c2c3c4c5c6c7"
  private static let plaintext =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
  private static let ciphertext =
    "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
    + "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
    + "21f9664c97637da9768812f615c68b13b52e" + "c0875924c1c7987947deafd8780acf49"

  private func open(
    _ ciphertext: [UInt8], key: String = key, nonce: String = nonce, additionalData: String = additionalData
  ) throws -> [UInt8] {
    try XChaCha20Poly1305.open(
      ciphertext, key: try secret(key), nonce: try FixedBytes(try bytes(nonce)),
      additionalData: try bytes(additionalData))
  }

  @Test func `the vector of the draft's appendix comes out both ways`() throws {
    let sealed = try XChaCha20Poly1305.seal(
      [UInt8](Self.plaintext.utf8), key: try secret(Self.key), nonce: try FixedBytes(try bytes(Self.nonce)),
      additionalData: try bytes(Self.additionalData))
    #expect(Hexadecimal.encode(sealed) == Self.ciphertext)
    #expect(String(decoding: try open(sealed), as: UTF8.self) == Self.plaintext)
  }

  @Test func `every changed bit of ciphertext and tag is refused`() throws {
    let genuine = try bytes(Self.ciphertext)
    for index in genuine.indices {
      for bit in 0..<8 {
        var changed = genuine
        changed[index] ^= 1 << UInt8(bit)
        #expect(throws: PrimitiveError.authenticationFailed) { try open(changed) }
      }
    }
  }

  @Test func `every changed byte of key, nonce and additional data is refused`() throws {
    let genuine = try bytes(Self.ciphertext)
    func changes(_ text: String) throws -> [String] {
      let original = try bytes(text)
      return original.indices.map { index in
        var changed = original
        changed[index] ^= 1
        return Hexadecimal.encode(changed)
      }
    }
    for key in try changes(Self.key) {
      #expect(throws: PrimitiveError.authenticationFailed) { try open(genuine, key: key) }
    }
    for nonce in try changes(Self.nonce) {
      #expect(throws: PrimitiveError.authenticationFailed) { try open(genuine, nonce: nonce) }
    }
    for data in try changes(Self.additionalData) + ["", Self.additionalData + "00"] {
      #expect(throws: PrimitiveError.authenticationFailed) { try open(genuine, additionalData: data) }
    }
  }

  @Test func `every truncation and every addition is refused`() throws {
    let genuine = try bytes(Self.ciphertext)
    for count in 0..<genuine.count {
      #expect(throws: PrimitiveError.authenticationFailed) { try open([UInt8](genuine[..<count])) }
      #expect(throws: PrimitiveError.authenticationFailed) { try open([UInt8](genuine[(genuine.count - count)...])) }
    }
    #expect(throws: PrimitiveError.authenticationFailed) { try open(genuine + [0]) }
    #expect(throws: PrimitiveError.authenticationFailed) { try open([0] + genuine) }
  }

  @Test(arguments: [0, 16, 31, 33, 56, 64])
  func `a key of another size is refused`(count: Int) throws {
    let key = try SecretBytes(copying: [UInt8](repeating: 1, count: count))
    let error = PrimitiveError.wrongByteCount(expected: 32, actual: count)
    #expect(throws: error) {
      try XChaCha20Poly1305.seal([1], key: key, nonce: FixedBytes(), additionalData: [])
    }
    #expect(throws: error) {
      try XChaCha20Poly1305.open(
        [UInt8](repeating: 0, count: 17), key: key, nonce: FixedBytes(), additionalData: [])
    }
    #expect(throws: error) {
      _ = try XChaCha20Poly1305.open(
        secret: [UInt8](repeating: 0, count: 17), key: key, nonce: FixedBytes(), additionalData: []
      ).byteCount
    }
  }

  @Test(arguments: [0, 12, 23, 25, 32])
  func `a nonce of another size has no type`(count: Int) {
    #expect(throws: LayoutError.wrongByteCount(expected: 24, actual: count)) {
      try FixedBytes<24>([UInt8](repeating: 0, count: count))
    }
  }

  @Test(arguments: [0, 32, 55, 57])
  func `a key and nonce of another size are refused`(count: Int) throws {
    let both = try SecretBytes(copying: [UInt8](repeating: 1, count: count))
    let error = PrimitiveError.wrongByteCount(expected: 56, actual: count)
    #expect(throws: error) { try XChaCha20Poly1305.seal([1], keyAndNonce: both, additionalData: []) }
    #expect(throws: error) {
      try XChaCha20Poly1305.open([UInt8](repeating: 0, count: 17), keyAndNonce: both, additionalData: [])
    }
  }

  @Test func `key and nonce in one secret seal as they do apart`() throws {
    let sealed = try XChaCha20Poly1305.seal(
      [UInt8](Self.plaintext.utf8), keyAndNonce: try secret(Self.key + Self.nonce),
      additionalData: try bytes(Self.additionalData))
    #expect(Hexadecimal.encode(sealed) == Self.ciphertext)
    let opened = try XChaCha20Poly1305.open(
      sealed, keyAndNonce: try secret(Self.key + Self.nonce), additionalData: try bytes(Self.additionalData))
    #expect(String(decoding: opened, as: UTF8.self) == Self.plaintext)
    #expect(throws: PrimitiveError.authenticationFailed) {
      try XChaCha20Poly1305.open(
        sealed, keyAndNonce: try secret(Self.nonce + Self.key), additionalData: try bytes(Self.additionalData))
    }
  }

  @Test(arguments: [0, 1, 15, 16, 63, 64, 65, 65_536])
  func `a plaintext of any length comes back`(count: Int) throws {
    let plaintext = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) }
    let key = try secret(Self.key)
    let sealed = try XChaCha20Poly1305.seal(plaintext, key: key, nonce: FixedBytes(), additionalData: [])
    #expect(sealed.count == count + 16)
    #expect(try XChaCha20Poly1305.open(sealed, key: key, nonce: FixedBytes(), additionalData: []) == plaintext)
  }

  @Test func `a secret is sealed as the same bytes would be and opens into a secret`() throws {
    let key = try secret(Self.key)
    let nonce = try FixedBytes<24>(try bytes(Self.nonce))
    let inner = [UInt8](0..<32)
    let sealed = try XChaCha20Poly1305.seal(
      secret: try SecretBytes(copying: inner), key: key, nonce: nonce, additionalData: [1])
    #expect(sealed == (try XChaCha20Poly1305.seal(inner, key: key, nonce: nonce, additionalData: [1])))
    #expect(
      bytes(of: try XChaCha20Poly1305.open(secret: sealed, key: key, nonce: nonce, additionalData: [1])) == inner)
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(throws: PrimitiveError.authenticationFailed) {
        _ = try XChaCha20Poly1305.open(secret: changed, key: key, nonce: nonce, additionalData: [1]).byteCount
      }
    }
    for count in 0..<16 {
      #expect(throws: PrimitiveError.authenticationFailed) {
        _ = try XChaCha20Poly1305.open(
          secret: [UInt8](sealed[..<count]), key: key, nonce: nonce, additionalData: [1]
        ).byteCount
      }
    }
  }
}
