/// Everything that an operator may set: the one table from which flags, variables, the file's keys, `config show` and the
/// table in Docs/Operations.md follow.
///
/// The raw value is the key in the file, where a dot is a level.
package enum Setting: String, Hashable, Sendable, CaseIterable {
  case data
  case listen
  case insecurePlaintext = "insecure-plaintext"
  case tlsCertificate = "tls.certificate"
  case tlsKey = "tls.key"
  case logLevel = "log.level"
  case logFormat = "log.format"
  case metricsListen = "metrics.listen"
  case metricsAnyAddress = "metrics.any-address"
  case registration
  case requestWorkBits = "request-work.bits"
  case rateLimits = "rate-limits"
  case connectionBurst = "limits.connection.burst"
  case connectionPerSecond = "limits.connection.per-second"
  case entryBurst = "limits.entry.burst"
  case entryPerSecond = "limits.entry.per-second"
  case addressBurst = "limits.address.burst"
  case addressPerSecond = "limits.address.per-second"
  case registrationBurst = "limits.registration.burst"
  case registrationPerHour = "limits.registration.per-hour"
  case maximumConnections = "limits.connections"
  case quotaEnvelopes = "quota.envelopes"
  case quotaBytes = "quota.bytes"
  case blobsTotalBytes = "blobs.total-bytes"
  case blobsMailboxBytes = "blobs.mailbox-bytes"
  case blobsFileBytes = "blobs.file-bytes"
  case blobsRetentionDays = "blobs.retention-days"
  case shutdownSeconds = "shutdown.seconds"

  /// The flag of `serve`, without its two dashes.
  package var flag: String { rawValue.split(separator: ".").joined(separator: "-") }

  /// The environment's variable.
  package var variable: String {
    Self.variablePrefix + rawValue.uppercased().split { $0 == "." || $0 == "-" }.joined(separator: "_")
  }

  /// What every variable of the relay begins with.
  package static let variablePrefix = "SOTTO_RELAY_"

  /// What the value must be.
  package var kind: SettingKind { definition.kind }
  /// What holds if nobody says anything; empty: nothing.
  package var standard: String { definition.standard }
  /// One sentence for `--help` and the documentation.
  package var help: String { definition.help }
}
