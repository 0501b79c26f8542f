import Configuration
import Foundation
import Synchronization

/// A relay's settings, read and checked: flags, then the environment, then a file, then what is standard.
package struct RelaySettings: Sendable {
  /// The file that is read when none is named, if it is there.
  package static let standardFile = "/etc/sotto/relay.yaml"

  private let values: [Setting: String]
  private let origins: [Setting: SettingOrigin]

  /// - Parameters:
  ///   - flags: what the command line says.
  ///   - environment: the variables of the process; those that begin with `SOTTO_RELAY_` are settings.
  ///   - file: a YAML file, which must be there; nil: ``standardFile``, if it is there.
  /// - Throws: ``SettingProblems``, all of them at once.
  package init(
    flags: [Setting: String], environment: [String: String], file: String?, standardFile: String = standardFile
  ) throws(SettingProblems) {
    var problems = Self.unknownVariables(environment)
    var inFile: [Setting: String] = [:]
    let path = file ?? (FileManager.default.fileExists(atPath: standardFile) ? standardFile : nil)
    if let path {
      do throws(SettingProblem) {
        let file = try SettingsFile(path: path)
        inFile = file.values
        problems += file.problems
      } catch { problems.append(error) }
    }
    let reporter = OriginReporter()
    let reader = ConfigReader(
      providers: [
        Self.provider("flags", flags),
        EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: "sotto.relay"),
        Self.provider("file", inFile),
        Self.provider("standard", Dictionary(uniqueKeysWithValues: Setting.allCases.map { ($0, $0.standard) })),
      ], accessReporter: reporter)
    var values: [Setting: String] = [:]
    var origins: [Setting: SettingOrigin] = [:]
    let candidates: [SettingOrigin] = [.flag, .environment, .file(path: path ?? ""), .standard]
    for setting in Setting.allCases {
      values[setting] = reader.string(forKey: ConfigKey(setting.rawValue), default: "")
      let origin = candidates[min(reporter.takeIndex(), candidates.count - 1)]
      origins[setting] = origin
      if let problem = setting.kind.problem(with: values[setting] ?? "") {
        problems.append(
          .wrongValue(setting: setting, value: values[setting] ?? "", origin: origin, problem: problem))
      }
    }
    self.values = values
    self.origins = origins
    if problems.isEmpty { problems = combinationProblems() }
    guard problems.isEmpty else { throw SettingProblems(problems) }
  }

  // MARK: Values

  /// The value as it was written.
  package func text(_ setting: Setting) -> String { values[setting] ?? setting.standard }

  /// nil: not set.
  package func optionalText(_ setting: Setting) -> String? {
    let text = text(setting)
    return text.isEmpty ? nil : text
  }

  /// For settings of kind ``SettingKind/number(_:)``, which were checked.
  package func number(_ setting: Setting) -> Int { SettingKind.number(text(setting)) ?? 0 }

  /// For settings of kind ``SettingKind/yesNo``.
  package func isOn(_ setting: Setting) -> Bool { text(setting) == "true" }

  package func origin(_ setting: Setting) -> SettingOrigin { origins[setting] ?? .standard }

  // MARK: Checks

  private func combinationProblems() -> [SettingProblem] {
    var problems: [SettingProblem] = []
    if optionalText(.data) == nil {
      problems.append(.combination("--data is missing: name a folder, for example --data ./relay-data."))
    }
    if (optionalText(.tlsCertificate) == nil) != (optionalText(.tlsKey) == nil) {
      problems.append(.combination("--tls-certificate and --tls-key go together."))
    }
    if optionalText(.tlsCertificate) != nil, isOn(.insecurePlaintext) {
      problems.append(.combination("--insecure-plaintext is for a relay without --tls-certificate."))
    }
    if number(.blobsFileBytes) > number(.blobsMailboxBytes) / 2 || number(.blobsMailboxBytes) > number(.blobsTotalBytes)
    {
      problems.append(
        .combination(
          "--blobs-file-bytes must be at most half of --blobs-mailbox-bytes, and that at most --blobs-total-bytes: nobody could leave the largest file."
        ))
    }
    return problems
  }

  private static func unknownVariables(_ environment: [String: String]) -> [SettingProblem] {
    let known = Setting.allCases.map(\.variable)
    return environment.keys.filter { $0.hasPrefix(Setting.variablePrefix) && !known.contains($0) }.sorted().map {
      .unknown(name: $0, place: "the environment", nearest: NearestName.find($0, among: known))
    }
  }

  private static func provider(_ name: String, _ values: [Setting: String]) -> InMemoryProvider {
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
      // A provider that fails has no value: all of ours are in memory.
      (try? result.result.get().value) != nil
    }
    index.withLock { $0 = found ?? .max }
  }

  /// The place, in the reader's list, of the provider that had the last value.
  func takeIndex() -> Int { index.withLock { $0 } }
}
