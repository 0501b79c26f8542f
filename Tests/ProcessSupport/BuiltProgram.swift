import Foundation

/// Finds the programs of this package.
package enum BuiltProgram {
  /// The path of the built program `name`.
  ///
  /// It lies beside the running test bundle or program (`.build/debug`), or in the folder that the environment
  /// variable `SOTTO_PROGRAMS` names.
  package static func path(_ name: String) throws(ProcessFailure) -> String {
    let folder =
      ProcessInfo.processInfo.environment["SOTTO_PROGRAMS"]
      ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
    let path = folder + "/" + name
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw .notBuilt(program: name, folder: folder)
    }
    return path
  }
}
