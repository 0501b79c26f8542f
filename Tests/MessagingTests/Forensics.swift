import Ambient
import Foundation
import TestSupport

/// Random words that begin alike, so that one search finds any of them, and the places to search.
final class Words {
  /// Nothing else that a vault or a process holds begins so.
  let prefix: String
  private let randomness = SeededRandomness("forensic words")
  private(set) var count = 0

  init(prefix: String) { self.prefix = prefix }

  func next() -> String {
    count += 1
    return prefix + String(randomness.bytes(10).map { Character(Unicode.Scalar(UInt8(ascii: "a") + $0 % 26)) })
  }

  /// Several words, parted by blanks.
  func text(_ count: Int) -> String { (0..<count).map { _ in next() }.joined(separator: " ") }
}

/// Where content could still be.
enum Forensics {
  /// The files of a folder, and below, that hold the bytes, in whatever part of them.
  static func files(in folder: String, holding needle: String) throws -> [String] {
    let needle = Data(needle.utf8)
    return try FileManager.default.subpathsOfDirectory(atPath: folder).sorted().filter { name in
      var isFolder: ObjCBool = false
      let path = folder + "/" + name
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
        return false
      }
      if Data(name.utf8).range(of: needle) != nil { return true }
      return try Data(contentsOf: URL(fileURLWithPath: path)).range(of: needle) != nil
    }
  }
}
