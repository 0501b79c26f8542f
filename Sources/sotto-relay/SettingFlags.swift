import ArgumentParser
import Foundation
import RelaySettings
import Settings

/// One flag for every ``RelaySetting``, with names and help from its table.
struct SettingFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp("Read settings from this YAML file instead of \(RelaySetting.standardFile).", valueName: "file")
  )
  var config: String?

  @Option(.data) var data: String?
  @Option(.listen) var listen: String?
  @Flag(.insecurePlaintext) var insecurePlaintext = false
  @Option(.tlsCertificate) var tlsCertificate: String?
  @Option(.tlsKey) var tlsKey: String?
  @Option(.logLevel) var logLevel: String?
  @Option(.logFormat) var logFormat: String?
  @Option(.metricsListen) var metricsListen: String?
  @Flag(.metricsAnyAddress) var metricsAnyAddress = false
  @Option(.registration) var registration: String?
  @Option(.requestWorkBits) var requestWorkBits: String?
  @Option(.rateLimits) var rateLimits: String?
  @Option(.connectionBurst) var connectionBurst: String?
  @Option(.connectionPerSecond) var connectionPerSecond: String?
  @Option(.entryBurst) var entryBurst: String?
  @Option(.entryPerSecond) var entryPerSecond: String?
  @Option(.addressBurst) var addressBurst: String?
  @Option(.addressPerSecond) var addressPerSecond: String?
  @Option(.registrationBurst) var registrationBurst: String?
  @Option(.registrationPerHour) var registrationPerHour: String?
  @Option(.maximumConnections) var maximumConnections: String?
  @Option(.quotaEnvelopes) var quotaEnvelopes: String?
  @Option(.quotaBytes) var quotaBytes: String?
  @Option(.blobsTotalBytes) var blobsTotalBytes: String?
  @Option(.blobsMailboxBytes) var blobsMailboxBytes: String?
  @Option(.blobsFileBytes) var blobsFileBytes: String?
  @Option(.blobsRetentionDays) var blobsRetentionDays: String?
  @Option(.shutdownSeconds) var shutdownSeconds: String?

  /// Flags, then environment, then file, then what is standard.
  ///
  /// - Throws: ``ConfigurationFailure``.
  func settings() throws(ConfigurationFailure) -> RelaySettings {
    do throws(SettingProblems) {
      return try RelaySettings(
        flags: flags, environment: ProcessInfo.processInfo.environment, file: config,
        standardFiles: [RelaySetting.standardFile])
    } catch { throw ConfigurationFailure(problems: error.list.map(\.description)) }
  }

  private var flags: [RelaySetting: String] {
    let texts: [(RelaySetting, String?)] = [
      (.data, data), (.listen, listen), (.tlsCertificate, tlsCertificate), (.tlsKey, tlsKey), (.logLevel, logLevel),
      (.logFormat, logFormat), (.metricsListen, metricsListen), (.registration, registration),
      (.requestWorkBits, requestWorkBits), (.rateLimits, rateLimits), (.connectionBurst, connectionBurst),
      (.connectionPerSecond, connectionPerSecond), (.entryBurst, entryBurst), (.entryPerSecond, entryPerSecond),
      (.addressBurst, addressBurst), (.addressPerSecond, addressPerSecond), (.maximumConnections, maximumConnections),
      (.registrationBurst, registrationBurst), (.registrationPerHour, registrationPerHour),
      (.blobsTotalBytes, blobsTotalBytes), (.blobsMailboxBytes, blobsMailboxBytes), (.blobsFileBytes, blobsFileBytes),
      (.blobsRetentionDays, blobsRetentionDays), (.quotaEnvelopes, quotaEnvelopes), (.quotaBytes, quotaBytes),
      (.shutdownSeconds, shutdownSeconds),
      (.insecurePlaintext, insecurePlaintext ? "true" : nil), (.metricsAnyAddress, metricsAnyAddress ? "true" : nil),
    ]
    return Dictionary(uniqueKeysWithValues: texts.compactMap { setting, text in text.map { (setting, $0) } })
  }
}

/// A configuration that is not taken: everything that is wrong with it, a line each. Ends the program with 2.
struct ConfigurationFailure: Error {
  let problems: [String]
}

extension Option where Value == String? {
  fileprivate init(_ setting: RelaySetting) {
    let standard = setting.standard.isEmpty ? "" : " (default: \(setting.standard))"
    let allowed = setting.kind == .text ? "" : " Allowed: \(setting.kind.allowed)."
    self.init(
      name: .customLong(setting.flag), help: ArgumentHelp("\(setting.help)\(allowed)\(standard)", valueName: "value"))
  }
}

extension Flag where Value == Bool {
  fileprivate init(wrappedValue: Bool, _ setting: RelaySetting) {
    self.init(wrappedValue: wrappedValue, name: .customLong(setting.flag), help: ArgumentHelp("\(setting.help)"))
  }
}
