import Foundation

/// What the environment of the test run says.
package enum Variable {
  /// The number in the environment variable `name`, if there is one.
  package static func number(_ name: String) -> UInt64? {
    ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
  }
}
