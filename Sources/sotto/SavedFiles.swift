import Foundation
import Messaging
import Node

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
    self.folder = folder
  }

  /// Saves a file completely or not at all, readable by its owner only.
  ///
  /// - Returns: its path.
  /// - Throws: ``CommandFailure``.
  func save(_ file: AttachedFile) throws(CommandFailure) -> String {
    let path = try reserve(file.name)
    let unfinished = folder + "/.sotto-\(UUID().uuidString).part"
    guard Self.write(file.bytes, to: unfinished), rename(unfinished, path) == 0 else {
      let code = errno
      unlink(unfinished)
      unlink(path)
      throw Self.failure(code)
    }
    return path
  }

  /// Fetches a file that is at a relay, and saves it completely or not at all.
  ///
  /// - Returns: its path.
  func save(_ message: MessageView, _ node: Node) async throws -> String {
    guard case .attachment(_, let file) = message.body else { throw NodeFileError.noFile }
    let unfinished = folder + "/.sotto-\(UUID().uuidString).part"
    defer { unlink(unfinished) }
    try await node.fetchFile(of: message.id, to: unfinished)
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

  private static func write(_ bytes: [UInt8], to path: String) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return fsync(descriptor) == 0
  }

  private static func failure(_ code: Int32) -> CommandFailure {
    CommandFailure(
      .failed, "A file cannot be saved (errno \(code)).",
      next: "Name another folder with --save, or make room. The file is still in its message.")
  }
}
