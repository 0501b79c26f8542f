/// What a `Range` header asks of something `byteCount` long (RFC 9110 §14).
package enum ByteRange: Hashable, Sendable {
  /// Everything: no range, several, or none that is understood; RFC 9110 lets a server ignore them.
  case whole
  /// From here, so many bytes, at least one.
  case part(start: UInt64, count: UInt64)
  /// Nothing of it is there.
  case unsatisfiable

  package init(_ text: String?, byteCount: UInt64) {
    guard let text, text.hasPrefix("bytes="), text.utf8.count <= 48 else {
      self = .whole
      return
    }
    let ends = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard ends.count == 2 else {
      self = .whole
      return
    }
    switch (UploadHeaders.count(ends[0]), UploadHeaders.count(ends[1])) {
    case (let first?, let last?) where first <= last:
      self = Self.from(first, to: last, byteCount)
    case (let first?, nil) where ends[1].isEmpty:
      self = Self.from(first, to: .max, byteCount)
    case (nil, let count?) where ends[0].isEmpty:
      self =
        count == 0 || byteCount == 0
        ? .unsatisfiable : Self.from(byteCount - min(count, byteCount), to: .max, byteCount)
    default: self = .whole
    }
  }

  private static func from(_ first: UInt64, to last: UInt64, _ byteCount: UInt64) -> ByteRange {
    guard first < byteCount else { return .unsatisfiable }
    return .part(start: first, count: min(last, byteCount - 1) - first + 1)
  }
}
