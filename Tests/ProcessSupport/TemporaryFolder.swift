package import Foundation

/// A fresh private folder that is removed with everything in it when the value goes.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() throws(ProcessFailure) {
    var template = Array((FileManager.default.temporaryDirectory.path + "/sotto-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw .noTemporaryFolder(errno: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The path of `name` in this folder.
  package func path(of name: String) -> String { path + "/" + name }

  /// All bytes of every regular file in the folder and below, by path relative to it.
  package func contents() throws -> [String: Data] { try Self.contents(of: path) }

  /// The same of any folder.
  package static func contents(of path: String) throws -> [String: Data] {
    var contents: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      var isFolder: ObjCBool = false
      let file = path + "/" + name
      guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue else { continue }
      contents[name] = try Data(contentsOf: URL(fileURLWithPath: file))
    }
    return contents
  }

  deinit {
    // Tidying up: a folder that cannot be removed is the temporary folder's own affair.
    try? FileManager.default.removeItem(atPath: path)
  }
}
