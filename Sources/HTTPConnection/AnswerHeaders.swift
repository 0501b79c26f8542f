package import HTTPTypes

/// What every answer says, whoever gives it: nothing is kept, guessed at or run by a browser.
package enum AnswerHeaders {
  private static let all: [(HTTPField.Name, String)] = [
    (.cacheControl, "no-store"), (.xContentTypeOptions, "nosniff"),
    (.contentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'"),
  ]

  /// Adds those that the answer does not have already.
  package static func complete(_ headers: inout HTTPFields) {
    for (name, value) in all where headers[name] == nil { headers[name] = value }
  }
}
