import ArgumentParser

/// `sotto-vectors run [PATH…]`
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Replay vector files and print a table; exits 1 on any failure.")

  @Argument(help: "Files, or folders that are searched for .json files.")
  var paths: [String] = ["Vectors"]

  func run() throws {
    var table = ReportTable()
    for path in try VectorFolder.files(at: paths) {
      do {
        table.add(try VectorFamilies.run(try VectorFolder.contents(of: path)), file: path)
      } catch {
        table.add([.failed(name: "the file", reason: "\(error)")], file: path)
      }
    }
    print(table.text)
    for line in table.failureLines { print(line) }
    guard !table.isEmpty else {
      throw ValidationError("No .json file under \(paths.joined(separator: ", ")).")
    }
    if !table.failureLines.isEmpty { throw ExitCode(1) }
  }
}
