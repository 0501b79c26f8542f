/// What a setting's value must be.
package enum SettingKind: Hashable, Sendable {
  /// Text, such as a path or an address, of at most ``maximumTextByteCount`` bytes; empty: not set.
  case text
  /// A whole number, in decimal digits.
  case number(ClosedRange<Int>)
  /// A number that may have a part behind a point; its upper bound is a whole one.
  case decimal(ClosedRange<Double>)
  /// One of these words.
  case choice([String])
  /// `true` or `false`.
  case yesNo

  /// The longest path that the system takes.
  package static let maximumTextByteCount = 4_096

  /// What is allowed, for people.
  package var allowed: String {
    switch self {
    case .text: "text"
    case .number(let range): "\(range.lowerBound) … \(range.upperBound)"
    case .decimal(let range): "\(range.lowerBound) … \(Int(range.upperBound))"
    case .choice(let words): words.joined(separator: ", ")
    case .yesNo: "true, false"
    }
  }

  /// - Returns: what is wrong with a value; nil: nothing.
  package func problem(with value: String) -> String? {
    switch self {
    case .text:
      value.utf8.count <= Self.maximumTextByteCount && !value.utf8.contains(0)
        ? nil : "it is longer than \(Self.maximumTextByteCount) bytes, or has a zero byte"
    case .number(let range):
      Self.number(value).map(range.contains) == true
        ? nil : "it must be a whole number of \(range.lowerBound) … \(range.upperBound)"
    case .decimal(let range):
      Self.decimal(value).map(range.contains) == true
        ? nil : "it must be a number of \(range.lowerBound) … \(Int(range.upperBound))"
    case .choice(let words): words.contains(value) ? nil : "it must be one of \(words.joined(separator: ", "))"
    case .yesNo: value == "true" || value == "false" ? nil : "it must be true or false"
    }
  }

  /// Digits, and perhaps a point and more of them: no sign, no exponent, no names of what is no number.
  package static func decimal(_ text: String) -> Double? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count),
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
    else { return nil }
    return Double(text)
  }

  /// Decimal digits only: no sign, no spaces, no other spelling of the same number.
  static func number(_ text: String) -> Int? {
    guard let number = Int(text), String(number) == text else { return nil }
    return number
  }
}
