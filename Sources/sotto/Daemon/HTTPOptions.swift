import ArgumentParser
import NodeInterface
import NodeServer

/// What a daemon offers beside its socket, and to whom.
struct HTTPOptions: ParsableArguments {
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

  @Option(help: ArgumentHelp("Seconds between two signs of life in a stream of events.", valueName: "seconds"))
  var httpHeartbeat = 15.0

  @Option(help: ArgumentHelp("Calls a second of one token; twice as many may come at once.", valueName: "number"))
  var callRate = 20

  @Option(help: ArgumentHelp("Messages a second of one token into one conversation.", valueName: "number"))
  var sendRate = 5

  @Flag(help: "Hold the callers on the socket to these rates too.")
  var limitSocket = false

  @Option(help: ArgumentHelp("The wait after a webhook's first failure, at most.", valueName: "seconds"))
  var webhookWait = 5.0

  @Option(help: ArgumentHelp("The longest wait between two attempts of a webhook.", valueName: "seconds"))
  var webhookLongestWait = 3_600.0

  @Option(help: ArgumentHelp("After so long without success an event becomes a dead letter.", valueName: "seconds"))
  var webhookLimit = 604_800.0

  @Option(help: ArgumentHelp("For one attempt of a webhook.", valueName: "seconds"))
  var webhookTimeout = 10.0

  func validate() throws {
    let seconds = [httpHeartbeat, webhookWait, webhookLongestWait, webhookLimit, webhookTimeout]
    guard seconds.allSatisfy({ (0.01...31_536_000).contains($0) }) else {
      throw ValidationError("A number of seconds is from 0.01 to 31536000.")
    }
    guard (1...1_000_000).contains(callRate), (1...1_000_000).contains(sendRate) else {
      throw ValidationError("A rate is from 1 to 1000000.")
    }
  }

  /// What the listener is told; nil without `--http`.
  func settings() throws(CommandFailure) -> HTTPSettings? {
    guard let http else { return nil }
    do throws(HTTPSettingsError) {
      var settings = try HTTPSettings(listeningOn: http)
      settings.allowedHosts = Set(httpHost)
      settings.allowedOrigins = Set(httpOrigin)
      settings.offersMetrics = httpMetrics
      settings.heartbeat = .seconds(httpHeartbeat)
      return settings
    } catch {
      throw CommandFailure(
        .usage, "\(ShownText.path(http)) is no address of loopback with a port.",
        next: "Write --http 127.0.0.1:PORT. For other machines put something in front of it that speaks TLS.")
    }
  }

  var rates: CallRates {
    CallRates(
      calls: .init(perSecond: callRate, burst: 2 * callRate), sends: .init(perSecond: sendRate, burst: 2 * sendRate),
      includesLocal: limitSocket)
  }

  var webhookTimes: WebhookTimes {
    WebhookTimes(
      firstWait: .seconds(webhookWait), longestWait: .seconds(webhookLongestWait), limit: .seconds(webhookLimit),
      request: .seconds(webhookTimeout))
  }
}
