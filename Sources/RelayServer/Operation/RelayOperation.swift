package import Systemd

/// How a relay is run, beside what it serves.
package struct RelayOperation: Sendable {
  package var log = RelayLog.silent
  package var metrics = RelayMetrics()
  /// Where numbers are told; nil: nowhere.
  package var metricsAddress: ListenAddress?
  /// The folder whose files are measured for the numbers.
  package var dataFolder: String?
  package var maximumConnections = ConnectionLimit.standardMaximum
  /// How long connections may take to end when the relay does.
  package var endingLimit = Duration.seconds(5)
  /// Bytes of frames and bodies that are not whole yet, of all connections together.
  package var partialFrameBudget = PartialFrames.standardBudget
  /// Sessions over HTTP at once.
  package var maximumSessions = HTTPSessions.standardMaximum
  /// How long clients may take.
  package var times = ConnectionTimes()
  /// Who started the process and waits to hear of it, if it is systemd.
  package var notifier: SystemdNotifier?

  package init() {}
}
