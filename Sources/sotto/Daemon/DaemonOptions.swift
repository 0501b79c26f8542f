import ArgumentParser
import NodeSettings
import Settings

/// What a daemon offers beside its socket, and to whom. What is not given here is what the settings say.
struct DaemonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also answer HTTP on this address of loopback, to bearers of tokens (sotto token create); port 0 takes a free one.",
      valueName: "host:port"))
  var http: String?

  @Option(help: ArgumentHelp("A name for Host that is taken beside localhost; repeat for more.", valueName: "name"))
  var httpHost: [String] = []

  @Option(help: ArgumentHelp("A web page's origin that may call; repeat for more.", valueName: "https://host"))
  var httpOrigin: [String] = []

  @Flag(help: "Answer GET /metrics too, with a token of the scope read.")
  var httpMetrics = false

  @Option(help: ArgumentHelp("Seconds between two signs of life in a stream of events (15).", valueName: "seconds"))
  var httpHeartbeat: String?

  @Option(help: ArgumentHelp("Calls a second of one token; twice as many may come at once (20).", valueName: "number"))
  var callRate: String?

  @Option(help: ArgumentHelp("Messages a second of one token into one conversation (5).", valueName: "number"))
  var sendRate: String?

  @Flag(help: "Hold the callers on the socket to these rates too.")
  var limitSocket = false

  @Option(help: ArgumentHelp("The wait after a webhook's first failure, at most (5).", valueName: "seconds"))
  var webhookWait: String?

  @Option(help: ArgumentHelp("The longest wait between two attempts of a webhook (3600).", valueName: "seconds"))
  var webhookLongestWait: String?

  @Option(
    help: ArgumentHelp("After so long without success an event becomes a dead letter (604800).", valueName: "seconds"))
  var webhookLimit: String?

  @Option(help: ArgumentHelp("For one attempt of a webhook (10).", valueName: "seconds"))
  var webhookTimeout: String?

  @Option(
    help: ArgumentHelp("The only folder in which callers of the socket may name files (any).", valueName: "dir"))
  var dropDirectory: String?

  /// The options as settings: they are stronger than variables and files.
  private var given: [NodeSetting: String] {
    var given: [NodeSetting: String] = [:]
    given[.httpListen] = http
    given[.httpHosts] = httpHost.isEmpty ? nil : httpHost.joined(separator: ",")
    given[.httpOrigins] = httpOrigin.isEmpty ? nil : httpOrigin.joined(separator: ",")
    given[.httpMetrics] = httpMetrics ? "true" : nil
    given[.httpHeartbeat] = httpHeartbeat
    given[.callRate] = callRate
    given[.sendRate] = sendRate
    given[.limitSocket] = limitSocket ? "true" : nil
    given[.webhookWait] = webhookWait
    given[.webhookLongestWait] = webhookLongestWait
    given[.webhookLimit] = webhookLimit
    given[.webhookTimeout] = webhookTimeout
    given[.dropDirectory] = dropDirectory
    return given
  }

  func validate() throws {
    for (setting, value) in given {
      guard let problem = setting.kind.problem(with: value) else { continue }
      throw ValidationError("\(setting.rawValue) is \(value): \(problem).")
    }
  }

  /// Everything that was given, or set in the environment and the configuration file.
  ///
  /// - Throws: ``CommandFailure``.
  func settings() throws(CommandFailure) -> DaemonSettings {
    try DaemonSettings(given, environment: try NodeConfiguration.environment())
  }
}
