/// A number that is not the file's. The first one ends a case or a replay.
struct Difference: Error, Equatable, CustomStringConvertible {
  /// Where: session, event, field.
  let place: String
  let computed: String
  let expected: String

  var description: String {
    "\(place)\n  computed \(Self.shortened(computed))\n  file has \(Self.shortened(expected))"
  }

  private static func shortened(_ text: String) -> String {
    text.isEmpty ? "(empty)" : text.count <= 200 ? text : "\(text.prefix(200))… (\(text.count) characters)"
  }

  /// Compares, and throws where the two are not the same.
  static func check(
    _ computed: some CustomStringConvertible, _ expected: some CustomStringConvertible, at place: String
  )
    throws(Difference)
  {
    let (computed, expected) = (computed.description, expected.description)
    guard computed == expected else { throw Difference(place: place, computed: computed, expected: expected) }
  }
}
