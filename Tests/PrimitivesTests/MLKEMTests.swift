import ByteLayout
import Primitives
import SecretMemory
import TestSupport
import Testing
import VectorSupport
import Verification

@Suite struct MLKEM {
  private func pair(_ parameters: MLKEMParameters, _ name: String = "pair") throws -> MLKEMKeyPair {
    try MLKEMKeyPair(parameters, from: SeededRandomness(name))
  }

  @Test(arguments: MLKEMParameters.allCases)
  func `the library and the written-out standard understand each other, and every encapsulation is another`(
    parameters: MLKEMParameters
  ) throws {
    let pair = try pair(parameters)
    let key = pair.publicKey
    var secrets: Set<[UInt8]> = []
    for randomness in [
      SeededRandomness("one"), SeededRandomness("two"), try SystemRandomness(), try SystemRandomness(),
    ]
      as [any Primitives.Randomness]
    {
      let made = try randomness.encapsulation(to: key)
      let ciphertext = made.ciphertext
      #expect(ciphertext.bytes.count == parameters.ciphertextByteCount)
      let opened = bytes(of: try pair.decapsulate(ciphertext))
      let sent = bytes(of: made.sharedSecret)
      #expect(opened == sent && opened.count == 32)
      secrets.insert(opened)
    }
    #expect(secrets.count == 4)
  }

  @Test(arguments: MLKEMParameters.allCases)
  func `a ciphertext that was changed, or made for another key, gives another secret and no error`(
    parameters: MLKEMParameters
  ) throws {
    let own = try pair(parameters)
    let other = try pair(parameters, "other")
    let made = try SeededRandomness("m").encapsulation(to: own.publicKey)
    let ciphertext = made.ciphertext
    let sent = bytes(of: made.sharedSecret)
    var seen: Set<[UInt8]> = [sent]
    for index in [0, ciphertext.bytes.count / 2, ciphertext.bytes.count - 1] {
      var changed = ciphertext.bytes
      changed[index] ^= 1
      seen.insert(bytes(of: try own.decapsulate(MLKEMCiphertext(validating: changed, parameters))))
    }
    seen.insert(bytes(of: try other.decapsulate(ciphertext)))
    #expect(seen.count == 5)
    // Rejection is a function of key and ciphertext: trying again tells nothing.
    let again = bytes(of: try other.decapsulate(ciphertext))
    #expect(seen.contains(again))
  }

  @Test func `keys, ciphertexts and seeds of another size are refused`() throws {
    let key = try pair(.mlKEM768).publicKey.bytes
    for wrong in [[], [UInt8](key.dropLast()), key + [0]] {
      #expect(throws: PrimitiveError.wrongByteCount(expected: 1_184, actual: wrong.count)) {
        try MLKEMPublicKey(validating: wrong, .mlKEM768)
      }
    }
    #expect(throws: PrimitiveError.wrongByteCount(expected: 1_568, actual: 1_184)) {
      try MLKEMPublicKey(validating: key, .mlKEM1024)
    }
    #expect(throws: PrimitiveError.wrongByteCount(expected: 1_568, actual: 1_567)) {
      try MLKEMCiphertext(validating: [UInt8](repeating: 0, count: 1_567), .mlKEM1024)
    }
    let ciphertext = try MLKEMCiphertext(validating: [UInt8](repeating: 0, count: 1_088), .mlKEM768)
    #expect(throws: PrimitiveError.wrongByteCount(expected: 1_568, actual: 1_088)) {
      _ = try pair(.mlKEM1024).decapsulate(ciphertext)
    }
    #expect(throws: PrimitiveError.wrongByteCount(expected: 64, actual: 32)) {
      _ = try MLKEMKeyPair(.mlKEM1024, seed: SecretBytes(copying: [UInt8](repeating: 1, count: 32)))
    }
  }

  @Test(arguments: MLKEMParameters.allCases)
  func `a key with a coefficient of 3329 or more is refused`(parameters: MLKEMParameters) throws {
    var key = try pair(parameters).publicKey.bytes
    // The first twelve bits: exactly the modulus.
    key[0] = 0x01
    key[1] = key[1] & 0xf0 | 0x0d
    #expect(throws: PrimitiveError.nonCanonicalKey) { try MLKEMPublicKey(validating: key, parameters) }
    key[0] = 0x00
    #expect(try MLKEMPublicKey(validating: key, parameters).bytes == key)
  }

  /// Made with kyber-py 1.2.0: seeds 00…3f and m = 40…5f; digests of the long values.
  @Test(arguments: [
    (
      MLKEMParameters.mlKEM768, "0b7934c83125c788995e2ba6bd761e33046b3e40571be53e023309a29f398cc9",
      "dbf4e9aa48b078ad46ec1c9c47bda8c2d2fec9d0e7a21bd48d2238a2abedb856",
      "9cddd089ffe70e3996e76f7c8d06746df34d07e8657bc0fcf2bb0e1c3084aea1"
    ),
    (
      MLKEMParameters.mlKEM1024, "c7b8fa0aa471d5ae18922d6ccad5b31e1d84f92ae723abfd13747018740a8530",
      "7c89743960f7c3d17bb69572e49de14fe0990c9113a0706963a8f4c7b39afcdf",
      "0ad8d1ea1b8dd788979b4379581218df9321bdce5567eca42ae6be7d395f1a54"
    ),
  ])
  func `the known answers come out`(
    parameters: MLKEMParameters, publicKey: String, ciphertext: String, sharedSecret: String
  ) throws {
    let pair = try MLKEMKeyPair(parameters, seed: SecretBytes(copying: [UInt8](0..<64)))
    let key = pair.publicKey
    #expect(ContentHash.sha256(key.bytes).description == publicKey)
    let made = try KnownEncapsulation.encapsulate(to: key, message: [UInt8](64..<96))
    let bytes = made.ciphertext
    #expect(ContentHash.sha256(bytes.bytes).description == ciphertext)
    let sent = text(of: made.sharedSecret)
    #expect(sent == sharedSecret)
    #expect(text(of: try pair.decapsulate(bytes)) == sharedSecret)
  }
}
