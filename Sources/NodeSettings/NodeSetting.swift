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
    }
  }

  private func row(_ kind: SettingKind, _ standard: String, _ help: String) -> SettingDefinition {
    SettingDefinition(kind: kind, standard: standard, help: help)
  }
}

/// A node's settings, read and checked.
package typealias NodeSettings = Settings<NodeSetting>
