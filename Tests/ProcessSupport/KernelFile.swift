import Foundation

/// Files under /proc, which the kernel makes while they are read.
package enum KernelFile {
  /// All of a file. Foundation's own way asks for its size, is told 0, and stops after a page.
  package static func text(_ path: String) throws(ProcessFailure) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw .unexpectedOutput("\(path) cannot be read: \(errno)") }
    defer { close(file) }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(file, &chunk, chunk.count)
      guard count >= 0 else { throw .unexpectedOutput("\(path) cannot be read: \(errno)") }
      if count == 0 { return String(decoding: text, as: UTF8.self) }
      text += chunk.prefix(count)
    }
  }
}
