import ByteLayout
import Testing
import Verification

private func bytes(_ text: String) throws -> [UInt8] { try Hexadecimal.decode(text) }
private func key(_ text: String) throws -> VerifyingKey { VerifyingKey(try FixedBytes(try bytes(text))) }
private func signature(_ text: String) throws -> Signature { Signature(try FixedBytes(try bytes(text))) }

/// One signature of RFC 8032 section 7.1.
struct SignatureVector: Sendable, CustomTestStringConvertible {
  let name: String
  let key: String
  let message: String
  let signature: String
  var testDescription: String { name }

  static let all = [
    SignatureVector(
      name: "TEST 1", key: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", message: "",
      signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        + "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    SignatureVector(
      name: "TEST 2", key: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", message: "72",
      signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da0"
        + "85ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    SignatureVector(
      name: "TEST 3", key: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", message: "af82",
      signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac1"
        + "8ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    SignatureVector(
      name: "TEST SHA(abc)", key: "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
      message: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
      signature: "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b5890"
        + "9351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"),
  ]
}

@Suite struct `Ed25519 verification` {
  @Test(arguments: SignatureVector.all)
  func `the signatures of RFC 8032 verify`(vector: SignatureVector) throws {
    let key = try key(vector.key)
    #expect(key.isValid(try signature(vector.signature), for: try bytes(vector.message)))
  }

  @Test(arguments: SignatureVector.all)
  func `a changed byte of signature, message or key is refused`(vector: SignatureVector) throws {
    let genuine = try signature(vector.signature)
    let message = try bytes(vector.message)
    let verifier = try key(vector.key)
    for index in 0..<64 {
      var changed = genuine.bytes
      changed[index] ^= 1
      #expect(!verifier.isValid(Signature(changed), for: message))
    }
    for index in message.indices {
      var changed = message
      changed[index] ^= 0x80
      #expect(!verifier.isValid(genuine, for: changed))
    }
    for index in 0..<32 {
      var changed = verifier.bytes
      changed[index] ^= 1
      #expect(!VerifyingKey(changed).isValid(genuine, for: message))
    }
    #expect(!verifier.isValid(genuine, for: message + [0]))
    if !message.isEmpty { #expect(!verifier.isValid(genuine, for: [UInt8](message.dropLast()))) }
  }

  @Test func `S plus the group order is refused: a signature has one encoding`() throws {
    let vector = SignatureVector.all[1]
    // L, little-endian (RFC 8032 section 5.1).
    let order = try bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
    var malleated = try signature(vector.signature).bytes
    var carry = 0
    for index in 0..<32 {
      let sum = Int(malleated[32 + index]) + Int(order[index]) + carry
      malleated[32 + index] = UInt8(truncatingIfNeeded: sum)
      carry = sum >> 8
    }
    #expect(carry == 0)
    #expect(!(try key(vector.key)).isValid(Signature(malleated), for: try bytes(vector.message)))
  }

  /// Points of order 1, 2, 4 and 8, and encodings that are not canonical.
  @Test(arguments: [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ])
  func `keys of small order sign nothing`(encoding: String) throws {
    let key = try key(encoding)
    // With a key of small order, R = the identity and S = 0 would verify for some message without this refusal.
    let forged = try signature("01" + String(repeating: "00", count: 63))
    for message in 0..<64 { #expect(!key.isValid(forged, for: [UInt8(message)])) }
  }

  @Test func `a label keeps signatures of different kinds apart`() throws {
    // Made with PyNaCl: seed 00 01 … 1f, message "Sotto_Test" ‖ 00 ‖ 01 02 03.
    let key = try key("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")
    let signature = try signature(
      "02795b1a2c462e4953d4481c90929d05dfe48edb2497461fb33e222c8337fb31"
        + "f6fa36596af40df20e6af0eb044893e1bb3e358324d3ca3fe94ae0f9211c1100")
    #expect(key.isValid(signature, label: "Sotto_Test", body: [1, 2, 3]))
    #expect(!key.isValid(signature, label: "Sotto_Tes", body: [1, 2, 3]))
    #expect(!key.isValid(signature, label: "Sotto_Test2", body: [1, 2, 3]))
    #expect(!key.isValid(signature, label: "Sotto_Test\0", body: [2, 3]))
    #expect(!key.isValid(signature, label: "Sotto_Test", body: [1, 2]))
    #expect(!key.isValid(signature, for: [1, 2, 3]))
  }
}
