import Foundation

/// The paths that a caller of the daemon's own socket may name: any, or those inside of one folder.
package struct NamedFiles: Sendable {
  /// Absolute and without links; nil: any.
  private let folder: String?

  /// Every absolute path.
  package static let any = NamedFiles()

  private init() { folder = nil }

  /// Those inside of a drop directory, for which relative paths stand too.
  ///
  /// - Throws: ``InterfaceError`` when the folder is not there.
  package init(inside folder: String) throws(InterfaceError) {
    self.folder = try HeldPath(folder, O_DIRECTORY).place
  }

  /// A file to be read, held open.
  ///
  /// - Throws: ``InterfaceError``: forbidden, invalid_params, not_found.
  func readable(_ path: String, at parameter: String, for caller: Caller) throws(InterfaceError) -> HeldPath {
    let held = try HeldPath(try absolute(path, at: parameter, for: caller), 0)
    try check(held.place)
    return held
  }

  /// A place for a new file: the folder that it is to be in, held open, and its name.
  ///
  /// - Throws: ``InterfaceError``: forbidden, invalid_params, not_found, and conflict when there is something already.
  func writable(
    _ path: String, at parameter: String, for caller: Caller
  ) throws(InterfaceError) -> (folder: HeldPath, path: String) {
    let url = URL(fileURLWithPath: try absolute(path, at: parameter, for: caller))
    let name = url.lastPathComponent
    guard !name.isEmpty, name != "..", name != "/" else { throw .parameter(parameter, expected: "the path of a file") }
    let held = try HeldPath(url.deletingLastPathComponent().path, O_DIRECTORY)
    try check(held.place)
    let place = held.path + "/" + name
    var status = stat()
    guard lstat(place, &status) != 0 else {
      throw InterfaceError(.conflict, "There is something at this path already.", details: ["reason": "file_exists"])
    }
    return (held, place)
  }

  private func absolute(
    _ path: String, at parameter: String, for caller: Caller
  ) throws(InterfaceError) -> String {
    guard caller.mayNameFiles else {
      throw InterfaceError(.forbidden, "Paths of files are taken over the daemon's own socket only.")
    }
    if path.hasPrefix("/") { return path }
    guard let folder, !path.isEmpty else { throw .parameter(parameter, expected: "an absolute path") }
    return folder + "/" + path
  }

  /// Where it really is, whatever links led there.
  private func check(_ place: String) throws(InterfaceError) {
    guard let folder else { return }
    guard place == folder || place.hasPrefix(folder == "/" ? "/" : folder + "/") else {
      throw InterfaceError(
        .forbidden, "Files are taken from and put into the drop directory only.",
        details: ["reason": "outside_of_drop_directory"])
    }
  }
}

/// A file or folder that is held open while it is worked on, so that its place cannot be changed behind what was checked.
final class HeldPath: Sendable {
  private let descriptor: CInt
  /// Its path without links, as the system knows it.
  let place: String

  /// - Throws: ``InterfaceError`` of the kind not_found.
  fileprivate init(_ path: String, _ flags: CInt) throws(InterfaceError) {
    // A pipe that nobody writes to is not waited for.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags)
    guard descriptor >= 0 else { throw InterfaceError(.notFound, "The file or folder cannot be opened.") }
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
    guard count > 0 else {
      close(descriptor)
      throw InterfaceError(.notFound, "The file or folder cannot be opened.")
    }
    place = String(decoding: buffer[..<count], as: UTF8.self)
  }

  deinit { close(descriptor) }

  /// Leads to it as long as this lives.
  var path: String { "/proc/self/fd/\(descriptor)" }
}
