import Foundation
import Messaging

/// The file of `sotto send --file`.
struct OutgoingFile: Sendable {
  /// Text, name and file of a message together: 56 KiB. The core decides to the byte; this only avoids reading a film.
  private static let byteCountBound = 57_344

  let path: String
  let byteCount: Int
  let name: String
  let mime: String
  /// The file itself, if it may fit into its message.
  let inline: AttachedFile?

  /// For a program with another working folder.
  var absolutePath: String { URL(fileURLWithPath: path).standardizedFileURL.path }

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
    self.path = path
    byteCount = Int(status.st_size)
    name = URL(fileURLWithPath: path).lastPathComponent
    mime = MediaType.ofFile(named: name)
    guard byteCount <= Self.byteCountBound else {
      inline = nil
      return
    }
    var bytes = [UInt8](repeating: 0, count: Self.byteCountBound + 1)
    var total = 0
    while total < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        Foundation.read(descriptor, $0.baseAddress.map { $0 + total }, $0.count - total)
      }
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw Self.unreadable(errno) }
      if count == 0 { break }
      total += count
    }
    inline = AttachedFile(name: name, mime: mime, bytes: [UInt8](bytes.prefix(total)))
  }

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
