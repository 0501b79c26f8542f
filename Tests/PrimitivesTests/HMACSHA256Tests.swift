import ByteLayout
import Primitives
import SecretMemory
import Testing

/// The cases of RFC 4231 section 4.
struct HMACVector: Sendable, CustomTestStringConvertible {
  let number: Int
  let key: String
  let message: String
  let code: String
  var testDescription: String { "RFC 4231 case \(number)" }

  static let all = [
    HMACVector(
      number: 1, key: String(repeating: "0b", count: 20), message: "4869205468657265",
      code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    HMACVector(
      number: 2, key: "4a656665", message: "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
      code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    HMACVector(
      number: 3, key: String(repeating: "aa", count: 20), message: String(repeating: "dd", count: 50),
      code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    HMACVector(
      number: 4, key: "0102030405060708090a0b0c0d0e0f10111213141516171819",
      message: String(repeating: "cd", count: 50),
      code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    HMACVector(
      number: 5, key: String(repeating: "0c", count: 20),
      message: Hexadecimal.encode("Test With Truncation".utf8), code: "a3b6167473100ee06e0c796c2955552b"),
    HMACVector(
      number: 6, key: String(repeating: "aa", count: 131),
      message: Hexadecimal.encode("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    HMACVector(
      number: 7, key: String(repeating: "aa", count: 131),
      message: Hexadecimal.encode(
        ("This is a test using a larger than block-size key and a larger than block-size data. "
          + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
      code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
  ]
}

@Suite struct `HMAC-SHA-256` {
  @Test(arguments: HMACVector.all)
  func `the codes are those of RFC 4231`(vector: HMACVector) throws {
    let key = try secret(vector.key)
    let code = HMACSHA256.code(try bytes(vector.message), key: key)
    #expect(code.description.hasPrefix(vector.code))
    #expect(text(of: try HMACSHA256.secret(try bytes(vector.message), key: key)) == code.description)
  }

  @Test func `an empty key and an empty message have a code`() throws {
    // Checked against Python's hmac.
    #expect(
      HMACSHA256.code([], key: try SecretBytes(copying: [])).description
        == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
  }

  @Test func `a key of one block and its hash differ, a longer key and its hash do not`() throws {
    let message = [UInt8]("message".utf8)
    let code = HMACSHA256.code(message, key: try secret(String(repeating: "11", count: 64)))
    #expect(code != HMACSHA256.code(message, key: try secret(String(repeating: "11", count: 63))))
    #expect(code != HMACSHA256.code(message, key: try secret(String(repeating: "11", count: 65))))
    #expect(code == HMACSHA256.code(message, key: try secret(String(repeating: "11", count: 64))))
  }

  @Test(arguments: [0, 1, 32, 63, 64, 65, 200])
  func `a prepared key gives the codes of the plain one, as often as it is asked`(keyByteCount: Int) throws {
    let key = try SecretBytes(copying: [UInt8](repeating: 0x42, count: keyByteCount))
    let prepared = try HMACSHA256.withPreparedKey(key) { prepared throws(PrimitiveError) in
      [text(of: try prepared.secret(1)), text(of: try prepared.secret(2)), text(of: try prepared.secret(1))]
    }
    let plain = try [1, 2, 1].map { text(of: try HMACSHA256.secret([$0], key: key)) }
    #expect(prepared == plain)
    #expect(prepared[0] != prepared[1])
  }
}
