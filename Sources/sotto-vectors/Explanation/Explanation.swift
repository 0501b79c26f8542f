import ByteLayout
import Primitives
import SecretMemory

/// Lines that show a computation: every value with its name, and what it was made of.
struct Explanation {
  private(set) var lines: [String] = []

  /// Values above this are shown by their beginning and length.
  private static let longByteCount = 128

  mutating func heading(_ text: String) {
    if !lines.isEmpty { lines.append("") }
    lines.append(text)
  }

  /// A value, and how it comes about.
  mutating func value(_ name: String, _ bytes: [UInt8], _ origin: String = "") {
    let isLong = bytes.count > Self.longByteCount
    let text = Hexadecimal.encode(bytes.prefix(isLong ? 64 : Self.longByteCount))
    let shown = bytes.isEmpty ? "(empty)" : isLong ? "\(text)… (\(bytes.count) bytes)" : text
    add(name, shown, origin)
  }

  mutating func value(_ name: String, _ bytes: HexBytes, _ origin: String = "") { value(name, bytes.bytes, origin) }

  mutating func number(_ name: String, _ number: some BinaryInteger, _ origin: String = "") {
    add(name, "\(number)", origin)
  }

  mutating func remark(_ text: String) { lines.append("  \(text)") }

  /// Everything that another one shows.
  mutating func append(_ other: Explanation) { lines += other.lines }

  private mutating func add(_ name: String, _ value: String, _ origin: String) {
    let padded = name + String(repeating: " ", count: max(1, 14 - name.count))
    lines.append("  \(padded)\(value)\(origin.isEmpty ? "" : "   = \(origin)")")
  }
}

/// The formulas of the specification, written once more beside the product's own, on its primitives: what they give is compared with
/// what the product made.
enum Formula {
  static func x25519(_ scalar: HexBytes, _ point: HexBytes) throws -> [UInt8] {
    HexBytes(revealing: try scalar.keyPair().sharedSecret(with: try point.agreementKey())).bytes
  }

  static func hmac(_ key: [UInt8], _ message: [UInt8]) throws -> [UInt8] {
    HMACSHA256.code(message, key: try SecretBytes(copying: key)).array
  }

  static func hkdf(_ salt: [UInt8], _ material: [UInt8], _ label: String, _ byteCount: Int) throws -> [UInt8] {
    try hkdf(salt, material, info: [UInt8](label.utf8), byteCount)
  }

  static func hkdf(_ salt: [UInt8], _ material: [UInt8], info: [UInt8], _ byteCount: Int) throws -> [UInt8] {
    HexBytes(
      revealing: try HKDFSHA256.derive(
        salt: salt, inputKeyMaterial: try SecretBytes(copying: material), info: info, byteCount: byteCount)
    ).bytes
  }

  static func open(_ ciphertext: [UInt8], key: [UInt8], nonce: [UInt8], additionalData: [UInt8]) throws -> [UInt8] {
    try XChaCha20Poly1305.open(
      ciphertext, key: try SecretBytes(copying: key), nonce: try FixedBytes(nonce), additionalData: additionalData)
  }
}
