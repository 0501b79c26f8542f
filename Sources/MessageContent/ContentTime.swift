/// Times inside a Content: milliseconds since 1970.
enum ContentTime {
  /// Years 1970 … 9999. What a later calculation adds to it cannot overflow.
  static func isValid(_ milliseconds: Int64) -> Bool {
    (0...253_402_300_799_999).contains(milliseconds)
  }
}
