import FoundationEssentials

/// The one way in which files are written: sorted keys, indented, with a newline at the end, so that they compare.
enum VectorEncoding {
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value) + [UInt8(ascii: "\n")]
  }
}
