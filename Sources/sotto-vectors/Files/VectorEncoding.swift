import FoundationEssentials

/// The one way in which files are written: sorted keys, indented, with a newline at the end, so that they compare.
enum VectorEncoding {
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(value) + [UInt8(ascii: "\n")]
  }

  /// The fields of a value, one a line, as the files spell them.
  static func lines(_ value: some Encodable) throws -> [String] {
    String(decoding: try encode(value), as: UTF8.self).split(separator: "\n").dropFirst().dropLast()
      .map { String($0.trimmingSuffix(",")) }
  }
}

extension Substring {
  fileprivate func trimmingSuffix(_ suffix: String) -> Substring { hasSuffix(suffix) ? dropLast(suffix.count) : self }
}
