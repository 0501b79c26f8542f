import FoundationEssentials

/// Finds, reads and writes the files.
enum VectorFolder {
  enum Failure: Error, CustomStringConvertible {
    case missing(String)
    var description: String {
      switch self {
      case .missing(let path): "\(path) does not exist"
      }
    }
  }

  /// Every `.json` file among or below the paths, in the order of the paths and sorted within each.
  static func files(at paths: [String]) throws -> [String] {
    try paths.flatMap { path -> [String] in
      var isDirectory = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
        throw Failure.missing(path)
      }
      guard isDirectory else { return [path] }
      return try FileManager.default.subpathsOfDirectory(atPath: path)
        .filter { $0.hasSuffix(".json") }.sorted().map { "\(path)/\($0)" }
    }
  }

  static func contents(of path: String) throws -> Data {
    guard let data = FileManager.default.contents(atPath: path) else { throw Failure.missing(path) }
    return data
  }

  /// Writes a file, making the folders above it.
  static func write(_ contents: Data, to path: String) throws {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try contents.write(to: URL(filePath: path))
  }
}
