import ByteLayout
import Foundation
import Verification

/// Where a node keeps its vault, and the key file that protects it. Paths only: reads and writes nothing.
package struct NodeHome: Hashable, Sendable {
  /// The vault's folder, absolute and without links, as far as it exists.
  package let directory: String
  /// The key file for a vault without a passphrase; outside of `directory`.
  package let keyFile: String
  /// Where encrypted files wait to be sent, or come in; made when it is needed.
  package var fileFolder: String { directory + "/files" }

  /// Finds the folders: `directory` > `SOTTO_HOME` > the XDG data folder, and the key file in the XDG configuration
  /// folder unless `SOTTO_KEY_FILE` names another.
  ///
  /// Every home has a key file of its own: `vault.key` for the default home, otherwise one named after the path.
  /// - Parameter environment: the variables of the process. An empty one counts as missing, and so does a relative XDG
  ///   folder, as the XDG specification says.
  /// - Throws: ``NodeHomeError/noUserFolder``.
  package init(directory: String?, environment: [String: String]) throws(NodeHomeError) {
    let variables = environment.filter { !$0.value.isEmpty }
    let standard = Self.userFolder("XDG_DATA_HOME", ".local/share", variables).map { Self.resolved($0 + "/sotto") }
    guard let chosen = directory ?? variables["SOTTO_HOME"] ?? standard else { throw .noUserFolder }
    self.directory = Self.resolved(chosen)
    if let keyFile = variables["SOTTO_KEY_FILE"] {
      self.keyFile = Self.resolved(keyFile)
    } else {
      guard let configuration = Self.userFolder("XDG_CONFIG_HOME", ".config", variables) else { throw .noUserFolder }
      let name = self.directory == standard ? "vault.key" : Self.keyFileName(for: self.directory)
      keyFile = Self.resolved(configuration + "/sotto") + "/" + name
    }
  }

  private static func keyFileName(for directory: String) -> String {
    "vault-\(Hexadecimal.encode(ContentHash.sha256([UInt8](directory.utf8)).array.prefix(8))).key"
  }

  private static func userFolder(_ variable: String, _ standard: String, _ variables: [String: String]) -> String? {
    if let folder = variables[variable], folder.hasPrefix("/") { return folder }
    return variables["HOME"].map { $0 + "/" + standard }
  }

  /// An absolute path without dots, and without links as far as it exists: a home is the same by whichever way.
  private static func resolved(_ path: String) -> String {
    let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    var existing = URL(fileURLWithPath: absolute).standardizedFileURL.path
    var missing = ""
    while true {
      if let real = realpath(existing, nil) {
        defer { free(real) }
        let base = String(cString: real)
        return missing.isEmpty ? base : (base == "/" ? "" : base) + missing
      }
      guard let slash = existing.lastIndex(of: "/") else { return absolute }
      missing = existing[slash...] + missing
      existing = slash == existing.startIndex ? "/" : String(existing[..<slash])
    }
  }
}

/// Why no home could be found.
package enum NodeHomeError: Error, Hashable, Sendable {
  /// Neither a folder was named nor is there a home folder of the user (`HOME`).
  case noUserFolder
}
