import Foundation

/// JSON as bytes: bounded in size and depth before anything is built of it.
package enum JSONText {
  /// Bytes of one frame.
  package static let maximumByteCount = 1 << 20
  /// Arrays and objects inside each other. The deepest parameters that a method has are four.
  package static let maximumDepth = 32

  /// Why bytes are no JSON that is taken.
  package enum Refusal: Error, Hashable, Sendable {
    case tooLong
    case tooDeep
    /// Two members of one object have one name: parsers disagree on which of them counts.
    case duplicateName
    case malformed
  }

  /// Reads one value.
  package static func parse(_ bytes: some Sequence<UInt8>) throws(Refusal) -> JSONValue {
    let data = Data(bytes)
    guard data.count <= maximumByteCount else { throw .tooLong }
    let shape = shape(data)
    guard shape.depth <= maximumDepth else { throw .tooDeep }
    let value: JSONValue
    do { value = try JSONDecoder().decode(JSONValue.self, from: data) } catch { throw .malformed }
    // The decoder keeps one of two members of one name: then there are fewer than were written.
    guard value.memberCount == shape.colons else { throw .duplicateName }
    return value
  }

  /// The value on one line, members in alphabetical order.
  package static func bytes(_ value: JSONValue) -> [UInt8] { encoded(value, [.sortedKeys, .withoutEscapingSlashes]) }

  /// The value on indented lines, members in alphabetical order.
  package static func pretty(_ value: JSONValue) -> String {
    String(decoding: encoded(value, [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]), as: UTF8.self)
  }

  private static func encoded(_ value: JSONValue, _ formatting: JSONEncoder.OutputFormatting) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting
    // A number that is not finite is the only thing that JSON cannot say; nothing here makes one.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do { return [UInt8](try encoder.encode(value)) } catch { return [UInt8]("null".utf8) }
  }

  /// What can be seen of a text before it is read: how deep brackets are nested, and how many colons there are, both
  /// outside of strings. Says nothing about whether it is JSON; if it is, each member of an object has one colon.
  private static func shape(_ data: Data) -> (depth: Int, colons: Int) {
    var (depth, deepest, colons) = (0, 0, 0)
    var (isString, isEscaped) = (false, false)
    for byte in data {
      if isString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isString = true
      case UInt8(ascii: ":"): colons += 1
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        deepest = max(deepest, depth)
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      default: break
      }
    }
    return (deepest, colons)
  }
}

extension JSONValue {
  /// Members of all objects in it.
  fileprivate var memberCount: Int {
    switch self {
    case .array(let values): values.reduce(0) { $0 + $1.memberCount }
    case .object(let members): members.values.reduce(members.count) { $0 + $1.memberCount }
    default: 0
    }
  }
}
