import ByteLayout
import Primitives
import SecretMemory
import Testing
import Verification

/// How many cases came out how.
private struct Tally: Equatable, CustomStringConvertible {
  var accepted = 0
  var refused = 0
  var refusedByType = 0
  var description: String { "\(accepted) accepted, \(refused) refused, \(refusedByType) refused by type" }
}

@Suite struct Wycheproof {
  @Test func `X25519: every case is computed or refused as it must be`() throws {
    guard let file = try WycheproofFile.load("x25519") else { return }
    var tally = Tally()
    for (_, test) in file.cases {
      let expected = try #require(test.shared)
      let point = try bytes(try #require(test.public))
      let result = Result { try x25519(try #require(test.private), Hexadecimal.encode(point)) }
      switch result {
      case .success(let shared):
        #expect(shared == expected, "case \(test.tcId)")
        tally.accepted += 1
      case .failure(PrimitiveError.nonCanonicalKey):
        // libsodium would compute these; here a key has one encoding.
        #expect(!Self.isCanonical(point), "case \(test.tcId)")
        tally.refusedByType += 1
      case .failure(let error):
        #expect(error as? PrimitiveError == .nonContributoryKey, "case \(test.tcId)")
        #expect(expected == String(repeating: "0", count: 64), "case \(test.tcId)")
        tally.refused += 1
      }
    }
    #expect(file.numberOfTests == 518)
    #expect(tally == Tally(accepted: 474, refused: 15, refusedByType: 29))
  }

  @Test func `Ed25519: every signature is accepted or refused as it must be`() throws {
    guard let file = try WycheproofFile.load("ed25519") else { return }
    var tally = Tally()
    for (group, test) in file.cases {
      let key = VerifyingKey(try FixedBytes(try bytes(try #require(group.publicKey).pk)))
      let message = try bytes(try #require(test.msg))
      let encoded = try bytes(try #require(test.sig))
      guard encoded.count == 64 else {
        #expect(throws: LayoutError.self) { try FixedBytes<64>(encoded) }
        #expect(!test.isValid, "case \(test.tcId)")
        tally.refusedByType += 1
        continue
      }
      let isValid = key.isValid(Signature(try FixedBytes(encoded)), for: message)
      #expect(isValid == test.isValid, "case \(test.tcId): \(test.comment)")
      if isValid { tally.accepted += 1 } else { tally.refused += 1 }
    }
    #expect(file.numberOfTests == 151)
    #expect(tally.accepted == 88)
    #expect(tally.refused + tally.refusedByType == 63)
  }

  @Test func `XChaCha20-Poly1305: every case opens or is refused, and other nonces have no type`() throws {
    guard let file = try WycheproofFile.load("xchacha20_poly1305") else { return }
    var tally = Tally()
    for (_, test) in file.cases {
      let nonce = try bytes(try #require(test.iv))
      guard nonce.count == 24 else {
        #expect(throws: LayoutError.self) { try FixedBytes<24>(nonce) }
        #expect(!test.isValid, "case \(test.tcId)")
        tally.refusedByType += 1
        continue
      }
      let key = try secret(try #require(test.key))
      let plaintext = try bytes(try #require(test.msg))
      let additionalData = try bytes(try #require(test.aad))
      let ciphertext = try bytes(try #require(test.ct)) + bytes(try #require(test.tag))
      let opened = Result {
        try XChaCha20Poly1305.open(
          ciphertext, key: key, nonce: try FixedBytes(nonce), additionalData: additionalData)
      }
      switch opened {
      case .success(let opened):
        #expect(test.isValid, "case \(test.tcId)")
        #expect(opened == plaintext, "case \(test.tcId)")
        let sealed = try XChaCha20Poly1305.seal(
          plaintext, key: key, nonce: try FixedBytes(nonce), additionalData: additionalData)
        #expect(sealed == ciphertext, "case \(test.tcId)")
        tally.accepted += 1
      case .failure(let error):
        #expect(error as? PrimitiveError == .authenticationFailed, "case \(test.tcId)")
        #expect(!test.isValid, "case \(test.tcId)")
        tally.refused += 1
      }
    }
    #expect(file.numberOfTests == 315)
    #expect(tally == Tally(accepted: 246, refused: 60, refusedByType: 9))
  }

  @Test func `HKDF-SHA-256: every output comes out and too long ones are refused`() throws {
    guard let file = try WycheproofFile.load("hkdf_sha256") else { return }
    var tally = Tally()
    for (_, test) in file.cases {
      let size = try #require(test.size)
      let output = Result {
        text(
          of: try HKDFSHA256.derive(
            salt: try bytes(try #require(test.salt)), inputKeyMaterial: try secret(try #require(test.ikm)),
            info: try bytes(try #require(test.info)), byteCount: size))
      }
      switch output {
      case .success(let output):
        #expect(test.isValid && output == test.okm, "case \(test.tcId)")
        tally.accepted += 1
      case .failure(let error):
        #expect(!test.isValid && error as? PrimitiveError == .outputTooLong(size), "case \(test.tcId)")
        tally.refused += 1
      }
    }
    #expect(file.numberOfTests == 86)
    #expect(tally == Tally(accepted: 83, refused: 3))
  }

  @Test func `HMAC-SHA-256: every tag is the one computed, or is not`() throws {
    guard let file = try WycheproofFile.load("hmac_sha256") else { return }
    var tally = Tally()
    for (group, test) in file.cases {
      let code = HMACSHA256.code(try bytes(try #require(test.msg)), key: try secret(try #require(test.key)))
      // Truncated tags are compared as far as they go; nothing in this project sends one.
      let tag = Hexadecimal.encode(code.array.prefix(try #require(group.tagSize) / 8))
      #expect((tag == test.tag) == test.isValid, "case \(test.tcId)")
      if tag == test.tag { tally.accepted += 1 } else { tally.refused += 1 }
    }
    #expect(file.numberOfTests == 174)
    #expect(tally == Tally(accepted: 66, refused: 108))
  }

  /// Whether the 32 bytes, little-endian, are below 2²⁵⁵ − 19: written apart from what is tested.
  private static func isCanonical(_ bytes: [UInt8]) -> Bool {
    let modulus: [UInt8] = [0x7f] + [UInt8](repeating: 0xff, count: 30) + [0xed]
    return bytes.reversed().lexicographicallyPrecedes(modulus)
  }
}
