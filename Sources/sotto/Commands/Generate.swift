import ArgumentParser
import NodeInterface

/// `sotto generate`: the files that are made from the table of methods. For whoever works on Sotto.
struct Generate: ParsableCommand {
  enum Document: String, ExpressibleByArgument, CaseIterable {
    case docs, openrpc, python, man, manuals, manual
  }

  static let configuration = CommandConfiguration(
    abstract: "Print a file that is made from the table of methods.", shouldDisplay: false)

  @Argument(help: "manuals lists the pages of the commands, and manual prints one of them.")
  var document: Document

  @Option(help: "Which page of manual.")
  var page: String?

  func run() throws {
    switch document {
    case .docs: try Output.line(InterfaceReference.markdown(.standard))
    case .openrpc: try Output.line(JSONText.pretty(OpenRPC.document(.standard, version: Sotto.version)))
    case .man: try Output.line(ManualPage.source(.standard, version: Sotto.version))
    case .manuals: for name in try pages().names { try Output.line(name) }
    case .manual:
      guard let page, let source = try pages().source(page) else {
        throw CommandFailure(.usage, "There is no such page.", next: "'sotto generate manuals' lists them.")
      }
      try Output.line(source)
    case .python: try Output.line(PythonClient.source(.standard))
    }
  }

  private func pages() throws -> ManualPages { try ManualPages(help: Sotto._dumpHelp(), version: Sotto.version) }
}
