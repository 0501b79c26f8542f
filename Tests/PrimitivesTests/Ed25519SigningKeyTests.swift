import ByteLayout
import Primitives
import SecretMemory
import TestSupport
import Testing
import Verification

/// Seed, public key, message and signature of RFC 8032 section 7.1.
struct SigningVector: Sendable, CustomTestStringConvertible {
  let name: String
  let seed: String
  let key: String
  let message: String
  let signature: String
  var testDescription: String { name }

  static let all = [
    SigningVector(
      name: "TEST 1", seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: "",
      signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        + "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    SigningVector(
      name: "TEST 2", seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", message: "72",
      signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da0"
        + "85ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    SigningVector(
      name: "TEST 3", seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      key: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", message: "af82",
      signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac1"
        + "8ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    SigningVector(
      name: "TEST SHA(abc)", seed: "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
      key: "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
      message: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
      signature: "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b5890"
        + "9351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
  ]
}

@Suite struct `Ed25519 signing key` {
  @Test(arguments: SigningVector.all)
  func `keys and signatures are those of RFC 8032`(vector: SigningVector) throws {
    let key = try Ed25519SigningKey(seed: try secret(vector.seed))
    #expect(key.verifyingKey.bytes.description == vector.key)
    let signature = try key.signature(for: try bytes(vector.message))
    #expect(signature.bytes.description == vector.signature)
    #expect(key.verifyingKey.isValid(signature, for: try bytes(vector.message)))
    #expect(text(of: try key.seed()) == vector.seed)
  }

  @Test func `a labelled signature verifies under its label only`() throws {
    let key = try Ed25519SigningKey(seed: try SecretBytes(copying: [UInt8](0..<32)))
    let signature = try key.signature(label: "Sotto_Test", body: [1, 2, 3])
    // Made with PyNaCl over "Sotto_Test" ‖ 00 ‖ 01 02 03.
    #expect(
      signature.bytes.description == "02795b1a2c462e4953d4481c90929d05dfe48edb2497461fb33e222c8337fb31"
        + "f6fa36596af40df20e6af0eb044893e1bb3e358324d3ca3fe94ae0f9211c1100")
    #expect(key.verifyingKey.isValid(signature, label: "Sotto_Test", body: [1, 2, 3]))
    #expect(!key.verifyingKey.isValid(signature, label: "Sotto_Other", body: [1, 2, 3]))
  }

  @Test(arguments: [0, 31, 33, 64])
  func `a seed of another size is refused`(count: Int) {
    #expect(throws: PrimitiveError.wrongByteCount(expected: 32, actual: count)) {
      _ = try Ed25519SigningKey(seed: try SecretBytes(copying: [UInt8](repeating: 1, count: count))).verifyingKey
    }
  }

  @Test func `the X25519 forms of both halves belong together`() throws {
    let key = try Ed25519SigningKey(seed: try SecretBytes(copying: [UInt8](0..<32)))
    let pair = try key.agreementKeyPair()
    #expect(try key.verifyingKey.agreementKey() == pair.publicKey)
    // Checked with PyNaCl's crypto_sign_ed25519_{sk,pk}_to_curve25519.
    #expect(pair.publicKey.bytes.description == "4701d08488451f545a409fb58ae3e58581ca40ac3f7f114698cd71deac73ca01")
    #expect(
      pair.withScalar { text(of: $0) } == "3894eea49c580aef816935762be049559d6d1440dede12e6a125f1841fff8e6f")
  }

  @Test func `the base point becomes nine`() throws {
    let base = VerifyingKey(try FixedBytes(try bytes("58" + String(repeating: "66", count: 31))))
    #expect(try base.agreementKey() == (try agreementKey("09" + String(repeating: "00", count: 31))))
  }

  /// The base point plus each point of the torsion group but the identity: on the curve, outside the main subgroup.
  @Test(arguments: [
    "98519eadf35b995233b51b5cd23e9cc5a28b639b5a4af0ec903cb960d81b7819",
    "9bad33f580df7ecc49df5342bac8145d5bedc40f573d1b067f3c4ce449689a15",
    "da99e28ba529cdde35a25fba9059e78ecaee239f99755b9b1aa4f65df00803e2",
    "9599999999999999999999999999999999999999999999999999999999999999",
    "55ae61520ca466adcc4ae4a32dc1633a5d749c64a5b50f136fc3469f27e487e6",
    "5252cc0a7f208133b620acbd4537eba2a4123bf0a8c2e4f980c3b31bb69765ea",
    "13661d745ad63221ca5da0456fa618713511dc60668aa464e55b09a20ff7fc1d",
  ])
  func `a point of mixed order is refused for agreement`(encoding: String) throws {
    let key = VerifyingKey(try FixedBytes(try bytes(encoding)))
    #expect(throws: PrimitiveError.invalidPoint) { try key.agreementKey() }
  }

  @Test(arguments: [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
  ])
  func `a point of small order is refused for agreement`(encoding: String) throws {
    let key = VerifyingKey(try FixedBytes(try bytes(encoding)))
    #expect(throws: PrimitiveError.invalidPoint) { try key.agreementKey() }
  }

  @Test func `no encoding from p upwards is taken for agreement, with either sign`() throws {
    for low in 0xed...0xff {
      for high in ["7f", "ff"] {
        let encoding = Hexadecimal.encode([UInt8(low)]) + String(repeating: "ff", count: 30) + high
        let key = VerifyingKey(try FixedBytes(try bytes(encoding)))
        #expect(throws: PrimitiveError.invalidPoint) { try key.agreementKey() }
      }
    }
  }

  @Test func `what is no point is refused for agreement`() throws {
    let key = VerifyingKey(try FixedBytes(try bytes("02" + String(repeating: "00", count: 31))))
    #expect(throws: PrimitiveError.invalidPoint) { try key.agreementKey() }
  }
}
