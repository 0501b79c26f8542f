import Configuration
import Foundation
import Synchronization

/// A program's settings, read and checked: flags, then the environment, then files, then what is standard.
package struct Settings<Key: SettingKey>: Sendable {
  private let values: [Key: String]
  private let origins: [Key: SettingOrigin]

  /// - Parameters:
  ///   - flags: what the command line says.
  ///   - environment: the variables of the process; those that begin with the table's prefix are settings.
  ///   - file: a YAML file, which must be there and is then the only one.
  ///   - standardFiles: otherwise those of these that are there, the strongest first.
  /// - Throws: ``SettingProblems``, all of them at once.
  package init(
    flags: [Key: String], environment: [String: String], file: String?, standardFiles: [String]
  ) throws(SettingProblems) {
    var problems = Self.unknownVariables(environment)
    let paths = file.map { [$0] } ?? standardFiles.filter { FileManager.default.fileExists(atPath: $0) }
    var inFiles: [[Key: String]] = []
    for path in paths {
      do throws(SettingProblem) {
        let file = try SettingsFile<Key>(path: path)
        inFiles.append(file.values)
        problems += file.problems
      } catch {
        inFiles.append([:])
        problems.append(error)
      }
    }
    let reporter = OriginReporter()
    let reader = ConfigReader(
      providers: [Self.provider("flags", flags), Self.provider("environment", Self.inEnvironment(environment))]
        + zip(paths, inFiles).map { Self.provider($0, $1) }
        + [Self.provider("standard", Dictionary(uniqueKeysWithValues: Key.allCases.map { ($0, $0.standard) }))],
      accessReporter: reporter)
    var values: [Key: String] = [:]
    var origins: [Key: SettingOrigin] = [:]
    let candidates: [SettingOrigin] = [.flag, .environment] + paths.map { .file(path: $0) } + [.standard]
    for setting in Key.allCases {
      values[setting] = reader.string(forKey: ConfigKey(setting.rawValue), default: "")
      let origin = candidates[min(reporter.takeIndex(), candidates.count - 1)]
      origins[setting] = origin
      if let problem = setting.kind.problem(with: values[setting] ?? "") {
        problems.append(
          .wrongValue(
            key: setting.rawValue, value: values[setting] ?? "", origin: origin.description(of: setting),
            problem: problem))
      }
    }
    self.values = values
    self.origins = origins
    if problems.isEmpty { problems = Key.combinationProblems(self) }
    guard problems.isEmpty else { throw SettingProblems(problems) }
  }

  // MARK: Values

  /// The value as it was written.
  package func text(_ setting: Key) -> String { values[setting] ?? setting.standard }

  /// nil: not set.
  package func optionalText(_ setting: Key) -> String? {
    let text = text(setting)
    return text.isEmpty ? nil : text
  }

  /// For settings of kind ``SettingKind/number(_:)``, which were checked.
  package func number(_ setting: Key) -> Int { SettingKind.number(text(setting)) ?? 0 }

  /// For settings of kind ``SettingKind/yesNo``.
  package func isOn(_ setting: Key) -> Bool { text(setting) == "true" }

  package func origin(_ setting: Key) -> SettingOrigin { origins[setting] ?? .standard }

  // MARK: Checks

  private static func unknownVariables(_ environment: [String: String]) -> [SettingProblem] {
    let known = Key.allCases.map(\.variable)
    return environment.keys.filter { Key.isOwn(variable: $0) && !known.contains($0) }.sorted().map {
      .unknown(name: $0, place: "the environment", nearest: NearestName.find($0, among: known))
    }
  }

  private static func inEnvironment(_ environment: [String: String]) -> [Key: String] {
    var values: [Key: String] = [:]
    for setting in Key.allCases { values[setting] = environment[setting.variable] }
    return values
  }

  private static func provider(_ name: String, _ values: [Key: String]) -> InMemoryProvider {
    InMemoryProvider(
      name: name,
      values: Dictionary(
        uniqueKeysWithValues: values.map { setting, value in
          (AbsoluteConfigKey(ConfigKey(setting.rawValue)), ConfigValue(.string(value), isSecret: false))
        }))
  }
}

/// Hears from the reader which of its providers had the value that it returned.
private final class OriginReporter: AccessReporter {
  private let index = Mutex(Int.max)

  func report(_ event: AccessEvent) {
    let found = event.providerResults.firstIndex { result in
      (try? result.result.get().value) != nil  // One that fails has no value: all of ours are in memory.
    }
    index.withLock { $0 = found ?? .max }
  }

  /// The place, in the reader's list, of the provider that had the last value.
  func takeIndex() -> Int { index.withLock { $0 } }
}
