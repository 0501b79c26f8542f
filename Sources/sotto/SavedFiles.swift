import Foundation
import NodeInterface

/// The folder of `--save`. Files get the names that their senders gave them, as the core has cleaned them; none is ever
/// overwritten: the second `photo.png` becomes `photo-2.png`.
struct SavedFiles: Sendable {
  let folder: String

  /// Makes the folder if it is missing, for its owner only.
  ///
  /// - Throws: ``CommandFailure``.
  init(folder: String) throws(CommandFailure) {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw CommandFailure(
        .failed, "The folder for files cannot be made.", next: "Name another one with --save, or make room for it.")
    }
    // A daemon has another working folder.
    self.folder = URL(fileURLWithPath: folder).standardizedFileURL.path
  }

  /// Saves the file of a message completely or not at all, readable by its owner only; fetches it if it is at a relay.
  ///
  /// - Returns: its path.
  func save(_ file: ShownMessage.File, _ interface: Interface) async throws -> String {
    let unfinished = folder + "/.sotto-\(UUID().uuidString).part"
    defer { unlink(unfinished) }
    _ = try await interface.showingProgress(in: file.chat) {
      try await interface.call("blob.fetch", ["blob": .string(file.blob), "path": .string(unfinished)])
    }
    let path = try reserve(file.name)
    guard rename(unfinished, path) == 0 else {
      let code = errno
      unlink(path)
      throw Self.failure(code)
    }
    return path
  }

  /// Takes the first free name by making an empty file under it: whoever comes second gets the next one.
  private func reserve(_ name: String) throws(CommandFailure) -> String {
    var number = 1
    while true {
      let path = folder + "/" + Self.numbered(name, number)
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      if descriptor >= 0 {
        close(descriptor)
        return path
      }
      guard errno == EEXIST else { throw Self.failure(errno) }
      number += 1
    }
  }

  /// `name.ext`, `name-2.ext`, …, at most 255 bytes.
  static func numbered(_ name: String, _ number: Int) -> String {
    guard number > 1 else { return name }
    let dot = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 } ?? name.endIndex
    var stem = name[..<dot]
    let end = "-\(number)\(name[dot...])"
    while stem.utf8.count + end.utf8.count > 255, !stem.isEmpty { stem.removeLast() }
    return stem + end
  }

  private static func failure(_ code: Int32) -> CommandFailure {
    CommandFailure(
      .failed, "A file cannot be saved (errno \(code)).",
      next: "Name another folder with --save, or make room. The file is still in its message.")
  }
}
