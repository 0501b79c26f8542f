import ArgumentParser
import RelayServer

/// `--data`, as the commands beside `serve` take it.
struct DataFolder: ParsableArguments {
  @Option(help: ArgumentHelp("The folder that the relay keeps its data in.", valueName: "folder"))
  var data: String

  func validate() throws {
    guard !data.isEmpty else { throw ValidationError("--data: name the relay's folder, for example ./relay-data.") }
  }

  /// Says in words what went wrong, and ends with 1.
  static func explaining<Value>(_ body: () throws(RelayDataError) -> Value) throws -> Value {
    do throws(RelayDataError) { return try body() } catch { throw RelayFailure(explanation: error.description) }
  }
}
