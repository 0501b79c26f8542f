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
    case malformed
  }

  /// Reads one value. Of two members of one name in one object the first or the last counts; nobody should send them.
  package static func parse(_ bytes: some Sequence<UInt8>) throws(Refusal) -> JSONValue {
    let data = Data(bytes)
    guard data.count <= maximumByteCount else { throw .tooLong }
    guard depth(data) <= maximumDepth else { throw .tooDeep }
    do { return try JSONDecoder().decode(JSONValue.self, from: data) } catch { throw .malformed }
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

  /// How deep brackets are nested, outside of strings. Says nothing about whether they match.
  private static func depth(_ data: Data) -> Int {
    var (depth, deepest) = (0, 0)
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
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        deepest = max(deepest, depth)
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      default: break
      }
    }
    return deepest
  }
}
