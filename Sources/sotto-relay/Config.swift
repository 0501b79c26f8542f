import ArgumentParser
import RelaySettings
import Settings

/// `sotto-relay config …`: what a relay's settings are, without starting it.
struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check or show a relay's settings.",
    discussion: """
      A setting is a flag of `serve`, or a variable, or a key of a YAML file, in this order: --limits-connections 100, \
      SOTTO_RELAY_LIMITS_CONNECTIONS=100, or

        limits:
          connections: 100

      The file is that of --config, or \(RelaySetting.standardFile) if it is there. A name that is not known is an error, \
      not a comment.
      """, subcommands: [CheckSettings.self, Show.self])

  /// `sotto-relay config check`.
  struct CheckSettings: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", abstract: "Say what is wrong with the settings; with 0 nothing, with 2 a line for each.",
      discussion: "  sotto-relay config check --config /etc/sotto/relay.yaml")

    @OptionGroup var flags: SettingFlags

    func run() throws {
      _ = try ServePlan(flags.settings())
      print("The settings are in order.")
    }
  }

  /// `sotto-relay config show`.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print all settings as a configuration file has them.",
      discussion: """
          sotto-relay config show --origin --config /etc/sotto/relay.yaml

        With --origin each line ends with a comment: the flag, the variable or the file that it comes from.
        """)

    @Flag(help: "Say where each value comes from.")
    var origin = false

    @OptionGroup var flags: SettingFlags

    func run() throws {
      let settings = try flags.settings()
      print(SettingsListing.yaml(settings, showsOrigins: origin), terminator: "")
    }
  }
}
