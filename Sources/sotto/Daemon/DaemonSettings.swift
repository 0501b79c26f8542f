import NodeInterface
import NodeServer
import NodeSettings
import Settings

/// What a daemon was told.
struct DaemonSettings: Sendable {
  /// Where HTTP is answered; nil: nowhere.
  let http: HTTPSettings?
  let rates: CallRates
  let webhookTimes: WebhookTimes
  let namedFiles: NamedFiles

  /// Reads them.
  ///
  /// - Parameters:
  ///   - given: what is stronger than everything else: options.
  ///   - environment: with what the configuration file says in it.
  /// - Throws: ``CommandFailure`` for an address that is no loopback's, and a folder that is not there.
  init(_ given: [NodeSetting: String] = [:], environment: [String: String]) throws(CommandFailure) {
    func text(_ setting: NodeSetting) -> String {
      given[setting] ?? environment[setting.variable].flatMap { $0.isEmpty ? nil : $0 } ?? setting.standard
    }
    // Both were checked when they were read.
    func number(_ setting: NodeSetting) -> Int { Int(text(setting)) ?? 1 }
    func seconds(_ setting: NodeSetting) -> Duration { .seconds(SettingKind.decimal(text(setting)) ?? 1) }
    func list(_ setting: NodeSetting) -> Set<String> { Set(text(setting).split(separator: ",").map(String.init)) }

    rates = CallRates(
      calls: .init(perSecond: number(.callRate), burst: 2 * number(.callRate)),
      sends: .init(perSecond: number(.sendRate), burst: 2 * number(.sendRate)),
      includesLocal: text(.limitSocket) == "true")
    webhookTimes = WebhookTimes(
      firstWait: seconds(.webhookWait), longestWait: seconds(.webhookLongestWait), limit: seconds(.webhookLimit),
      request: seconds(.webhookTimeout))
    namedFiles = try Self.namedFiles(text(.dropDirectory))
    guard var http = try Self.listener(text(.httpListen)) else {
      self.http = nil
      return
    }
    http.allowedHosts = list(.httpHosts)
    http.allowedOrigins = list(.httpOrigins)
    http.offersMetrics = text(.httpMetrics) == "true"
    http.heartbeat = seconds(.httpHeartbeat)
    self.http = http
  }

  private static func namedFiles(_ folder: String) throws(CommandFailure) -> NamedFiles {
    guard !folder.isEmpty else { return .any }
    do throws(InterfaceError) { return try NamedFiles(inside: folder) } catch {
      throw CommandFailure(
        .usage, "The drop directory \(ShownText.path(folder)) cannot be opened.",
        next: "Make it, or name another with --drop-directory.")
    }
  }

  private static func listener(_ address: String) throws(CommandFailure) -> HTTPSettings? {
    guard !address.isEmpty else { return nil }
    do throws(HTTPSettingsError) { return try HTTPSettings(listeningOn: address) } catch {
      throw CommandFailure(
        .usage, "\(ShownText.path(address)) is no address of loopback with a port.",
        next: "Write --http 127.0.0.1:PORT. For other machines put something in front of it that speaks TLS.")
    }
  }
}
