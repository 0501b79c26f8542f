import ArgumentParser
import Foundation
import NodeSettings
import Settings

/// `sotto config`: what is set outside of the vault.
struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", abstract: "Check or show what is set in variables and in the configuration file.",
    discussion: """
      A setting is a variable or a key of a YAML file: SOTTO_TLS_CA_FILE=ca.pem, or

        tls:
          ca-file: ca.pem

      The files are ~/.config/sotto/config.yaml and then /etc/sotto/config.yaml, or the one that SOTTO_CONFIG names. \
      Options of a command are stronger than variables, and variables than files. A key that is not known is an error.
      """, subcommands: [CheckConfiguration.self, ShowConfiguration.self])

  /// `sotto config check`.
  struct CheckConfiguration: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Say what is wrong with the configuration; with 0 nothing, with 2 a line for each.")

    func run() throws {
      _ = try NodeConfiguration.environment()
      try Output.line("The settings are in order.")
    }
  }

  /// `sotto config show`.
  struct ShowConfiguration: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Print all settings as a configuration file has them.")

    @Flag(help: "Say where each value comes from.")
    var origin = false

    func run() throws {
      _ = try NodeConfiguration.environment()
      let settings = try NodeEnvironment.settings(ProcessInfo.processInfo.environment)
      try Output.line(String(SettingsListing.yaml(settings, showsOrigins: origin).dropLast()))
    }
  }
}
