/// Why a call failed, as the caller is told. Holds no content, no path and no name of a type.
package struct InterfaceError: Error, Hashable, Sendable {
  package let kind: ErrorKind
  /// One sentence for people.
  package let message: String
  /// What programs need beside the kind.
  package let details: [String: JSONValue]
  /// When to try again.
  package let retryAfterMilliseconds: Int64?

  package init(
    _ kind: ErrorKind, _ message: String? = nil, details: [String: JSONValue] = [:],
    retryAfterMilliseconds: Int64? = nil
  ) {
    self.kind = kind
    self.message = message ?? kind.summary
    self.details = details
    self.retryAfterMilliseconds = retryAfterMilliseconds
  }

  /// A parameter that is not as the method wants it.
  ///
  /// - Parameter path: where it is, such as `content.text`.
  package static func parameter(_ path: String, expected: String) -> InterfaceError {
    InterfaceError(
      .params, "The parameter \(path) must be \(expected).",
      details: ["path": .string(path), "expected": .string(expected)])
  }

  /// As the member `error` of an answer.
  package var json: JSONValue {
    var data = details
    data["kind"] = .string(kind.rawValue)
    data["retryable"] = .bool(kind.isRetryable)
    if let retryAfterMilliseconds { data["retryAfterMs"] = .integer(retryAfterMilliseconds) }
    return ["code": .integer(kind.code), "message": .string(message), "data": .object(data)]
  }
}
