import ArgumentParser
import RelayServer

/// `sotto-relay health`: does the relay of these settings answer?
struct Health: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask the relay on this machine whether it lives.",
    discussion: """
      Takes the settings that `serve` takes, and asks the address on which that listens for /healthz. Ends with 0 if it \
      answers in five seconds, else with 1. For a container's HEALTHCHECK.

        sotto-relay health --config /etc/sotto/relay.yaml
      """)

  @OptionGroup var flags: SettingFlags

  func run() async throws {
    let plan = try ServePlan(flags.settings())
    guard await HealthProbe.isHealthy(plan.address) else {
      throw RelayFailure(explanation: "no answer at \(plan.address.text)")
    }
    print("ok")
  }
}
