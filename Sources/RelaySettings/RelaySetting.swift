package import Settings

/// Everything that a relay's operator may set: the one table from which flags, variables, the file's keys, `config show` and the
/// table in Docs/Operations.md follow.
///
/// The raw value is the key in the file, where a dot is a level.
package enum RelaySetting: String, SettingKey {
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

  /// What every variable of the relay begins with.
  package static let variablePrefix = "SOTTO_RELAY_"

  /// The file that is read when none is named, if it is there.
  package static let standardFile = "/etc/sotto/relay.yaml"
}

/// A relay's settings, read and checked.
package typealias RelaySettings = Settings<RelaySetting>
