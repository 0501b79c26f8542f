import Foundation
import NodeSettings
import Settings

/// What the variables and the configuration file say, read once.
enum NodeConfiguration {
  private static let read = Result<[String: String], SettingProblems> { () throws(SettingProblems) in
    try NodeEnvironment.effective(ProcessInfo.processInfo.environment)
  }

  /// The variables of the process, and what the file adds to them.
  ///
  /// - Throws: ``CommandFailure`` that names everything that is wrong: a proxy that is written wrong must not become none.
  static func environment() throws(CommandFailure) -> [String: String] {
    do throws(SettingProblems) { return try read.get() } catch {
      throw CommandFailure(
        .usage, error.list.map(\.description).joined(separator: "\n       "),
        next: "Correct it; 'sotto config check' tells whether it is right.")
    }
  }
}
