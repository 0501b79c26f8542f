import RelayCore
import Testing

/// Runs the conformance tests over a store: a second store joins by another case here, and runs all of them.
enum StoreUnderTest: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case sqlite

  var testDescription: String { rawValue }

  func make() throws -> StoreFixture {
    switch self {
    case .sqlite: try StoreFixture()
    }
  }
}
