package import Settings

/// Everything that a node's owner may set outside of the vault.
///
/// The raw value is the key in the file, where a dot is a level.
package enum NodeSetting: String, SettingKey {
  case home
  case socket
  case passphraseFile = "passphrase-file"
  case keyFile = "key-file"
  case receipts
  case socks
  case tlsCAFile = "tls.ca-file"
  case tlsPins = "tls.pin-sha256"
  case dropDirectory = "drop-directory"
  case httpListen = "http.listen"
  case httpHosts = "http.hosts"
  case httpOrigins = "http.origins"
  case httpMetrics = "http.metrics"
  case httpHeartbeat = "http.heartbeat"
  case callRate = "rates.calls"
  case sendRate = "rates.sends"
  case limitSocket = "rates.limit-socket"
  case webhookWait = "webhooks.wait"
  case webhookLongestWait = "webhooks.longest-wait"
  case webhookLimit = "webhooks.limit"
  case webhookTimeout = "webhooks.timeout"

  /// Seconds, up to a year.
  private static let seconds = SettingKind.decimal(0.01...31_536_000)
  private static let rate = SettingKind.number(1...1_000_000)

  /// What every variable of the node begins with; those of the relay begin with it too.
  package static let variablePrefix = "SOTTO_"

  /// The files that are read when none is named, as far as they are there, the strongest first.
  package static func standardFiles(environment: [String: String]) -> [String] {
    var folder = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    folder = folder ?? environment["HOME"].map { $0 + "/.config" }
    return [folder.map { $0 + "/sotto/config.yaml" }, "/etc/sotto/config.yaml"].compactMap { $0 }
  }

  /// A variable that differs from a known one by two letters at most: other programs' variables may begin with `SOTTO_`
  /// as well, and are not ours to refuse.
  package static func isOwn(variable: String) -> Bool {
    variable.hasPrefix(variablePrefix) && !variable.hasPrefix("SOTTO_RELAY_")
      && allCases.contains { NearestName.distance(variable, $0.variable) <= 2 }
  }

  /// The row of the table.
  package var definition: SettingDefinition {
    switch self {
    case .home: row(.text, "", "The folder of the vault; otherwise ~/.local/share/sotto.")
    case .socket:
      row(
        .text, "",
        "The daemon's socket; otherwise $XDG_RUNTIME_DIR/sotto/sotto.sock, or run/sotto.sock in the home.")
    case .passphraseFile:
      row(
        .text, "",
        "A file whose first line is the vault's passphrase; otherwise systemd's credential `passphrase`, or a prompt.")
    case .keyFile: row(.text, "", "The file with the key of a vault without passphrase; otherwise in ~/.config/sotto.")
    case .receipts:
      row(
        .choice(["grid", "instant"]), "grid",
        "When receipts leave: grid waits up to 20 s, so that their time tells nobody when you were there.")
    case .socks:
      row(.text, "", "HOST:PORT of a SOCKS 5 proxy such as Tor, through which everything goes; allows onion addresses.")
    case .tlsCAFile: row(.text, "", "Certificates in PEM that are trusted beside the system's.")
    case .tlsPins:
      row(.text, "", "HOST:PORT=SHA256[,…]: the public keys that these relays' certificates must have.")
    case .dropDirectory:
      row(.text, "", "The only folder in which callers of the socket may name files; otherwise they may name any.")
    case .httpListen:
      row(
        .text, "",
        "HOST:PORT on loopback where the daemon answers HTTP too, to bearers of tokens; port 0: any free one.")
    case .httpHosts: row(.text, "", "NAME[,…]: taken in the header Host beside the names of loopback.")
    case .httpOrigins: row(.text, "", "ORIGIN[,…]: web pages from here may call.")
    case .httpMetrics: row(.yesNo, "false", "Whether GET /metrics is answered, to tokens of the scope read.")
    case .httpHeartbeat: row(Self.seconds, "15", "Seconds between two signs of life in a stream of events.")
    case .callRate: row(Self.rate, "20", "Calls a second of one token; twice as many may come at once.")
    case .sendRate:
      row(Self.rate, "5", "Messages a second of one token into one conversation; twice as many may come at once.")
    case .limitSocket: row(.yesNo, "false", "Whether callers of the socket are held to these rates too.")
    case .webhookWait: row(Self.seconds, "5", "The wait after a webhook's first failure, at most, in seconds.")
    case .webhookLongestWait:
      row(Self.seconds, "3600", "The longest wait between two attempts of a webhook, in seconds.")
    case .webhookLimit:
      row(Self.seconds, "604800", "After so many seconds without success an event becomes a dead letter.")
    case .webhookTimeout: row(Self.seconds, "10", "Seconds for one attempt of a webhook.")
    }
  }

  private func row(_ kind: SettingKind, _ standard: String, _ help: String) -> SettingDefinition {
    SettingDefinition(kind: kind, standard: standard, help: help)
  }
}

/// A node's settings, read and checked.
package typealias NodeSettings = Settings<NodeSetting>
