import Foundation
import NodeSettings
import Settings

/// What the variables and the configuration file say, read once.
enum NodeConfiguration {
  private static let read = Result<[String: String], SettingProblems> { () throws(SettingProblems) in
    try NodeEnvironment.effective(ProcessInfo.processInfo.environment)
  }

  /// The variables of the process, and what the file adds to them. Empty when the configuration is wrong: see ``check()``.
  static var environment: [String: String] { (try? read.get()) ?? [:] }

  /// - Throws: ``CommandFailure`` that names everything that is wrong.
  static func check() throws(CommandFailure) {
    do throws(SettingProblems) { _ = try read.get() } catch {
      throw CommandFailure(
        .usage, error.list.map(\.description).joined(separator: "\n       "),
        next: "Correct it; 'sotto config check' tells whether it is right.")
    }
  }
}
