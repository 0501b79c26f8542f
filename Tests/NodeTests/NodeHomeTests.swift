import Foundation
import Node
import ProcessSupport
import Testing

@Suite struct NodeHomeTests {
  private let folder: TemporaryFolder
  /// The folder without links.
  private let root: String

  init() throws {
    folder = try TemporaryFolder()
    root = URL(fileURLWithPath: folder.path).resolvingSymlinksInPath().path
  }

  private func home(_ directory: String?, _ environment: [String: String]) throws -> NodeHome {
    try NodeHome(directory: directory, environment: environment)
  }

  @Test func `without any wish, the XDG folders below the user's home are used`() throws {
    let home = try home(nil, ["HOME": root])
    #expect(home.directory == root + "/.local/share/sotto")
    #expect(home.keyFile == root + "/.config/sotto/vault.key")
  }

  @Test func `the XDG variables move both, unless they are relative or empty`() throws {
    let moved = try home(nil, ["HOME": root, "XDG_DATA_HOME": root + "/d", "XDG_CONFIG_HOME": root + "/c"])
    #expect(moved.directory == root + "/d/sotto")
    #expect(moved.keyFile == root + "/c/sotto/vault.key")
    let ignored = try home(nil, ["HOME": root, "XDG_DATA_HOME": "d", "XDG_CONFIG_HOME": "", "SOTTO_HOME": ""])
    #expect(ignored.directory == root + "/.local/share/sotto")
    #expect(ignored.keyFile == root + "/.config/sotto/vault.key")
  }

  @Test func `an option comes before SOTTO_HOME, which comes before the XDG folder`() throws {
    let environment = ["HOME": root, "SOTTO_HOME": root + "/variable"]
    #expect(try home(nil, environment).directory == root + "/variable")
    #expect(try home(root + "/option", environment).directory == root + "/option")
  }

  @Test func `every home has a key file of its own, the same by whichever way it is named`() throws {
    let environment = ["HOME": root]
    let first = try home(root + "/first", environment)
    let second = try home(root + "/second", environment)
    #expect(first.keyFile != second.keyFile)
    #expect(try home(root + "/other/../first/", environment) == first)
    try FileManager.default.createDirectory(atPath: root + "/first", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: root + "/first")
    #expect(try home(root + "/link", environment) == first)
    #expect(try home(root + "/.local/share/sotto", environment).keyFile == root + "/.config/sotto/vault.key")
  }

  @Test func `SOTTO_KEY_FILE names another key file`() throws {
    let home = try home(nil, ["SOTTO_HOME": root + "/home", "SOTTO_KEY_FILE": root + "/keys/alice"])
    #expect(home.keyFile == root + "/keys/alice")
  }

  @Test func `nowhere to go is an error`() {
    #expect(throws: NodeHomeError.noUserFolder) { try home(nil, [:]) }
    #expect(throws: NodeHomeError.noUserFolder) { try home(root, [:]) }
  }
}
