import ByteLayout
import Primitives
import SecretMemory
import Testing

/// The SHA-256 cases of RFC 5869 appendix A.
struct HKDFVector: Sendable, CustomTestStringConvertible {
  let number: Int
  let inputKeyMaterial: String
  let salt: String
  let info: String
  let output: String
  var testDescription: String { "RFC 5869 A.\(number)" }

  private static func counting(_ range: ClosedRange<UInt8>) -> String { Hexadecimal.encode(range) }

  static let all = [
    HKDFVector(
      number: 1, inputKeyMaterial: String(repeating: "0b", count: 22), salt: counting(0x00...0x0c),
      info: counting(0xf0...0xf9),
      output: "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"),
    HKDFVector(
      number: 2, inputKeyMaterial: counting(0x00...0x4f), salt: counting(0x60...0xaf),
      info: counting(0xb0...0xff),
      output: "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"),
    HKDFVector(
      number: 3, inputKeyMaterial: String(repeating: "0b", count: 22), salt: "", info: "",
      output: "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
  ]
}

@Suite struct `HKDF-SHA-256` {
  @Test(arguments: HKDFVector.all)
  func `the outputs are those of RFC 5869, with a public and a secret salt`(vector: HKDFVector) throws {
    let byteCount = vector.output.count / 2
    let material = try secret(vector.inputKeyMaterial)
    let public1 = try HKDFSHA256.derive(
      salt: try bytes(vector.salt), inputKeyMaterial: material, info: try bytes(vector.info), byteCount: byteCount)
    #expect(text(of: public1) == vector.output)
    let secret1 = try HKDFSHA256.derive(
      salt: try secret(vector.salt), inputKeyMaterial: material, info: try bytes(vector.info), byteCount: byteCount)
    #expect(text(of: secret1) == vector.output)
  }

  @Test(arguments: [0, 1, 31, 32, 33, 63, 64, 65, 96, 8_159, 8_160])
  func `a shorter output is the start of a longer one`(byteCount: Int) throws {
    let material = try SecretBytes(copying: [UInt8](0..<32))
    let longest = bytes(
      of: try HKDFSHA256.derive(salt: [], inputKeyMaterial: material, info: [9], byteCount: 8_160))
    let output = try HKDFSHA256.derive(salt: [], inputKeyMaterial: material, info: [9], byteCount: byteCount)
    #expect(output.byteCount == byteCount)
    #expect(bytes(of: output) == [UInt8](longest[..<byteCount]))
  }

  @Test(arguments: [8_161, .max, -1, .min])
  func `an output beyond 255 blocks, or of negative length, is refused`(byteCount: Int) throws {
    let material = try SecretBytes(copying: [UInt8](0..<32))
    #expect(throws: PrimitiveError.outputTooLong(byteCount)) {
      _ = try HKDFSHA256.derive(salt: [], inputKeyMaterial: material, info: [], byteCount: byteCount).byteCount
    }
  }

  @Test func `no salt is a salt of 32 zero bytes`() throws {
    let material = try SecretBytes(copying: [UInt8](0..<32))
    let none = try HKDFSHA256.derive(salt: [], inputKeyMaterial: material, info: [], byteCount: 32)
    let zero = try HKDFSHA256.derive(
      salt: [UInt8](repeating: 0, count: 32), inputKeyMaterial: material, info: [], byteCount: 32)
    #expect(text(of: none) == text(of: zero))
  }

  @Test(arguments: [0, 32, 56, 96])
  func `the prepared salt of zeros gives what the plain one does, every time`(byteCount: Int) throws {
    let info = [UInt8]("Sotto_DR_Message_v1".utf8)
    for round in UInt8(0)..<3 {
      let material = try SecretBytes(copying: [UInt8](repeating: round, count: 32))
      let prepared = try HKDFSHA256.deriveWithZeroSalt(inputKeyMaterial: material, info: info, byteCount: byteCount)
      let plain = try HKDFSHA256.derive(
        salt: [UInt8](repeating: 0, count: 32), inputKeyMaterial: material, info: info, byteCount: byteCount)
      #expect(text(of: prepared) == text(of: plain))
    }
  }

  @Test func `salt, material and info each make a difference`() throws {
    func derive(_ salt: UInt8, _ material: UInt8, _ info: UInt8) throws -> String {
      text(
        of: try HKDFSHA256.derive(
          salt: [salt], inputKeyMaterial: try SecretBytes(copying: [material]), info: [info], byteCount: 32))
    }
    #expect(Set([try derive(0, 0, 0), try derive(1, 0, 0), try derive(0, 1, 0), try derive(0, 0, 1)]).count == 4)
  }
}
