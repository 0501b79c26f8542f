import Foundation
package import Settings

/// The environment as a node sees it: what is in a file stands in it as if it were a variable.
///
/// So there is one place that knows files, and everything else reads variables, which are stronger than files.
package enum NodeEnvironment {
  /// - Parameters:
  ///   - environment: of the process. An empty variable counts as missing. `SOTTO_CONFIG` names the file to read instead
  ///     of ``NodeSetting/standardFiles(environment:)``; systemd's `CREDENTIALS_DIRECTORY` may have a `passphrase`.
  /// - Throws: ``SettingProblems``.
  package static func effective(_ environment: [String: String]) throws(SettingProblems) -> [String: String] {
    let settings = try settings(environment)
    var result = environment
    for setting in NodeSetting.allCases {
      result[setting.variable] = settings.optionalText(setting)
    }
    if result[NodeSetting.passphraseFile.variable] == nil {
      result[NodeSetting.passphraseFile.variable] = credential("passphrase", environment)
    }
    return result
  }

  /// What variables and files say.
  package static func settings(_ environment: [String: String]) throws(SettingProblems) -> NodeSettings {
    let variables = environment.filter { !$0.value.isEmpty }
    return try NodeSettings(
      flags: [:], environment: variables, file: variables["SOTTO_CONFIG"],
      standardFiles: NodeSetting.standardFiles(environment: variables))
  }

  /// The file of a credential that systemd hands over (`LoadCredential=`), if there is one.
  private static func credential(_ name: String, _ environment: [String: String]) -> String? {
    guard let folder = environment["CREDENTIALS_DIRECTORY"], folder.hasPrefix("/") else { return nil }
    let path = folder + "/" + name
    return FileManager.default.isReadableFile(atPath: path) ? path : nil
  }
}
