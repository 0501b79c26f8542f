import Foundation
import NodeInterface

/// The file of `sotto send --file`.
struct OutgoingFile: Sendable {
  /// Absolute: a daemon has another working folder.
  let path: String
  let byteCount: Int
  let name: String
  let mime: String

  /// - Throws: ``CommandFailure``.
  init(_ path: String) throws(CommandFailure) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.unreadable(errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CommandFailure(.usage, "--file does not name a file.", next: "Give the path of a regular file.")
    }
    self.path = URL(fileURLWithPath: path).standardizedFileURL.path
    byteCount = Int(status.st_size)
    name = URL(fileURLWithPath: path).lastPathComponent
    mime = MediaType.ofFile(named: name)
  }

  /// As `message.send` takes it.
  var attachment: JSONValue { ["path": .string(path), "name": .string(name), "mime": .string(mime)] }

  private static func unreadable(_ code: Int32) -> CommandFailure {
    CommandFailure(
      code == ENOENT ? .notFound : .failed, "The file cannot be read (errno \(code)).",
      next: "Check its path and its permissions.")
  }
}

/// What kind of content a file claims by the end of its name. A claim and nothing more: the recipient sees it as text.
enum MediaType {
  private static let byExtension = [
    "avif": "image/avif", "csv": "text/csv", "flac": "audio/flac", "gif": "image/gif", "gz": "application/gzip",
    "heic": "image/heic", "html": "text/html", "jpeg": "image/jpeg", "jpg": "image/jpeg", "json": "application/json",
    "m4a": "audio/mp4", "md": "text/markdown", "mp3": "audio/mpeg", "mp4": "video/mp4", "ogg": "audio/ogg",
    "opus": "audio/opus", "pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml", "txt": "text/plain",
    "wav": "audio/wav", "webm": "video/webm", "webp": "image/webp", "xml": "application/xml", "zip": "application/zip",
  ]

  static func ofFile(named name: String) -> String {
    guard let dot = name.lastIndex(of: ".") else { return "application/octet-stream" }
    return byExtension[name[name.index(after: dot)...].lowercased()] ?? "application/octet-stream"
  }
}
