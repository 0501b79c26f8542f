/// The `ext` field that ends every structure (C0): typed values, ascending, unknown critical types refused.
package struct Extensions: Hashable, Sendable {
  /// One value, ≤ 65 535 bytes. Bit 15 of the type marks it critical.
  package struct Value: Hashable, Sendable {
    package let type: UInt16
    package let bytes: [UInt8]
    package init(type: UInt16, bytes: [UInt8]) {
      self.type = type
      self.bytes = bytes
    }
  }

  package let values: [Value]

  /// No extensions: 0x0000 on the wire.
  package static let none = Extensions()

  private init() { values = [] }

  /// - Throws: ``LayoutError/notAllowed(field:)`` unless the types ascend strictly.
  package init(_ values: [Value]) throws(LayoutError) {
    for (left, right) in zip(values, values.dropFirst()) where left.type >= right.type {
      throw .notAllowed(field: "ext order")
    }
    self.values = values
  }

  /// The value of `type`, if it is there.
  package subscript(type: UInt16) -> [UInt8]? { values.first { $0.type == type }?.bytes }

  /// Reads lp16((type u16 ‖ lp16(value))*).
  ///
  /// - Parameter understood: the types that the caller knows; an unknown type with bit 15 set is refused.
  package init(reading reader: inout LayoutReader, understood: Set<UInt16>) throws(LayoutError) {
    var inner = LayoutReader(try reader.lengthPrefixed16())
    var values: [Value] = []
    while inner.remainingByteCount > 0 {
      let type = try inner.uint16()
      if type & 0x8000 != 0, !understood.contains(type) {
        throw .unknownValue(field: "critical extension", value: Int(type))
      }
      if let last = values.last, last.type >= type { throw .notAllowed(field: "ext order") }
      values.append(Value(type: type, bytes: [UInt8](try inner.lengthPrefixed16())))
    }
    self.values = values
  }

  /// Writes lp16((type u16 ‖ lp16(value))*).
  package func write(to writer: inout LayoutWriter) throws(LayoutError) {
    var inner = LayoutWriter()
    for value in values {
      inner.uint16(value.type)
      try inner.lengthPrefixed16(value.bytes)
    }
    try writer.lengthPrefixed16(inner.bytes)
  }
}
