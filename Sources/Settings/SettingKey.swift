/// The one table of a program's settings, from which its flags, variables, the file's keys, `config show` and the table in
/// the documentation follow.
///
/// The raw value is the key in the file, where a dot is a level.
package protocol SettingKey: RawRepresentable<String>, Hashable, Sendable, CaseIterable {
  /// What every variable begins with, such as `SOTTO_RELAY_`.
  static var variablePrefix: String { get }

  /// The row of the table.
  var definition: SettingDefinition { get }

  /// Whether a variable is meant as a setting of this table, so that one that is not known is an error.
  static func isOwn(variable: String) -> Bool

  /// What is wrong with settings that are each allowed, but do not go together.
  static func combinationProblems(_ settings: Settings<Self>) -> [SettingProblem]
}

/// What is fixed about a setting.
package struct SettingDefinition: Sendable {
  /// What the value must be.
  package let kind: SettingKind
  /// What holds if nobody says anything; empty: nothing.
  package let standard: String
  /// One sentence for `--help` and the documentation.
  package let help: String

  package init(kind: SettingKind, standard: String, help: String) {
    (self.kind, self.standard, self.help) = (kind, standard, help)
  }
}

extension SettingKey {
  /// The flag, without its two dashes.
  package var flag: String { rawValue.split(separator: ".").joined(separator: "-") }

  /// The environment's variable.
  package var variable: String {
    Self.variablePrefix + rawValue.uppercased().split { $0 == "." || $0 == "-" }.joined(separator: "_")
  }

  package var kind: SettingKind { definition.kind }
  package var standard: String { definition.standard }
  package var help: String { definition.help }

  package static func isOwn(variable: String) -> Bool { variable.hasPrefix(variablePrefix) }
  package static func combinationProblems(_ settings: Settings<Self>) -> [SettingProblem] { [] }
}
