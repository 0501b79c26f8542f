/// What a value must be, as far as a caller and a document need to know: a small part of JSON Schema.
package indirect enum Schema: Hashable, Sendable {
  /// - Parameter most: bytes in UTF-8.
  case text(most: Int = 65_536)
  /// A text that begins in this way, such as `ch_`.
  case identifier(String)
  case integer(ClosedRange<Int64> = .min ... .max)
  case boolean
  case choice([String])
  case array(Schema, most: Int = 1_000)
  case object([Property])
  /// Any object: what is in it is said elsewhere.
  case anyObject
  /// Anything.
  case any
  /// This, or null.
  case optional(Schema)

  /// One member of an object.
  package struct Property: Hashable, Sendable {
    package let name: String
    package let schema: Schema
    package let isRequired: Bool
    package let summary: String

    package init(_ name: String, _ schema: Schema, isRequired: Bool = true, _ summary: String) {
      self.name = name
      self.schema = schema
      self.isRequired = isRequired
      self.summary = summary
    }

    /// One that may be missing.
    package static func optional(_ name: String, _ schema: Schema, _ summary: String) -> Property {
      Property(name, schema, isRequired: false, summary)
    }
  }
}

extension Schema {
  /// Checks a value strictly: what is not named is refused.
  ///
  /// - Throws: ``InterfaceError`` of the kind ``ErrorKind/params``.
  package func validate(_ value: JSONValue, at path: String) throws(InterfaceError) {
    let isAsWanted: Bool
    switch (self, value) {
    case (.any, _), (.anyObject, .object), (.boolean, .bool), (.optional, .null): return
    case (.optional(let schema), _): return try schema.validate(value, at: path)
    case (.text(let most), .string(let text)): isAsWanted = text.utf8.count <= most
    case (.identifier(let prefix), .string(let text)):
      isAsWanted = text.hasPrefix(prefix) && text.utf8.count > prefix.utf8.count && text.utf8.count <= 64
    case (.integer(let range), .integer(let number)): isAsWanted = range.contains(number)
    case (.choice(let choices), .string(let text)): isAsWanted = choices.contains(text)
    case (.array(let schema, let most), .array(let values)):
      isAsWanted = values.count <= most
      if isAsWanted {
        for (index, value) in values.enumerated() { try schema.validate(value, at: "\(path)[\(index)]") }
      }
    case (.object(let properties), .object(let members)):
      return try Self.validate(members, properties, at: path + ".")
    default: isAsWanted = false
    }
    guard isAsWanted else { throw .parameter(path, expected: expectation) }
  }

  /// Checks the members of an object.
  ///
  /// - Parameter path: what stands before each name.
  static func validate(
    _ members: [String: JSONValue], _ properties: [Property], at path: String
  ) throws(InterfaceError) {
    let unknown = members.keys.filter { name in !properties.contains { $0.name == name } }.sorted()
    guard unknown.isEmpty else {
      let names = unknown.map { path + $0 }
      throw InterfaceError(
        .params, "There is no parameter \(names.joined(separator: ", ")).", details: ["unknown": .strings(names)])
    }
    for property in properties {
      guard let value = members[property.name] else {
        if property.isRequired {
          throw .parameter(path + property.name, expected: "given: \(property.schema.expectation)")
        }
        continue
      }
      try property.schema.validate(value, at: path + property.name)
    }
  }

  /// What is wanted, for people.
  package var expectation: String {
    switch self {
    case .text(let most): "a text of at most \(most) bytes"
    case .identifier(let prefix): "an id that begins with \(prefix)"
    case .integer(let range) where range == .min ... .max: "a whole number"
    case .integer(let range) where range.upperBound == .max: "a whole number from \(range.lowerBound)"
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .boolean: "true or false"
    case .choice(let choices): "one of " + choices.joined(separator: ", ")
    case .array(let schema, let most): "a list of at most \(most), each \(schema.expectation)"
    case .object, .anyObject: "an object"
    case .any: "any value"
    case .optional(let schema): "null, or " + schema.expectation
    }
  }

  /// As JSON Schema.
  package var json: JSONValue {
    switch self {
    case .text(let most): ["type": "string", "maxLength": .integer(most)]
    case .identifier(let prefix): ["type": "string", "pattern": .string("^\(prefix).+$")]
    case .integer(let range) where range == .min ... .max: ["type": "integer"]
    case .integer(let range) where range.upperBound == .max:
      ["type": "integer", "minimum": .integer(range.lowerBound)]
    case .integer(let range):
      ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
    case .boolean: ["type": "boolean"]
    case .choice(let choices): ["type": "string", "enum": .strings(choices)]
    case .array(let schema, let most): ["type": "array", "items": schema.json, "maxItems": .integer(most)]
    case .object(let properties):
      [
        "type": "object",
        "properties": .object(
          Dictionary(uniqueKeysWithValues: properties.map { ($0.name, $0.schema.json(describedBy: $0.summary)) })),
        "required": .strings(properties.filter(\.isRequired).map(\.name)),
      ]
    case .anyObject: ["type": "object"]
    case .any: true
    case .optional(let schema): ["oneOf": [["type": "null"], schema.json]]
    }
  }

  private func json(describedBy summary: String) -> JSONValue {
    guard case .object(var members) = json else { return ["description": .string(summary)] }
    members["description"] = .string(summary)
    return .object(members)
  }
}
