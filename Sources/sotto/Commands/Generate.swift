import ArgumentParser
import NodeInterface

/// `sotto generate`: the files that are made from the table of methods. For whoever works on Sotto.
struct Generate: ParsableCommand {
  enum Document: String, ExpressibleByArgument, CaseIterable {
    case docs, openrpc, python, man
  }

  static let configuration = CommandConfiguration(
    abstract: "Print a file that is made from the table of methods.", shouldDisplay: false)

  @Argument var document: Document

  func run() throws {
    switch document {
    case .docs: try Output.line(InterfaceReference.markdown(.standard))
    case .openrpc: try Output.line(JSONText.pretty(OpenRPC.document(.standard, version: Sotto.version)))
    case .man: try Output.line(ManualPage.source(.standard, version: Sotto.version))
    case .python: try Output.line(PythonClient.source(.standard))
    }
  }
}
