import Foundation
import NodeInterface

/// Writes to standard output and standard error, unbuffered.
enum Output {
  /// Writes a line to standard output.
  ///
  /// - Throws: ``CommandFailure`` when it cannot be written: what nobody got must not count as shown.
  static func line(_ text: String = "") throws(CommandFailure) {
    guard write(text + "\n", to: STDOUT_FILENO) else {
      throw CommandFailure(
        .failed, "Standard output cannot be written.", next: "What was not shown is shown by the next 'sotto receive'.")
    }
  }

  /// Writes a value of the interface on one line to standard output, members in alphabetical order.
  static func json(_ value: JSONValue) throws(CommandFailure) {
    try line(String(decoding: JSONText.bytes(value), as: UTF8.self))
  }

  /// Writes a line to standard error. If nobody reads it, nobody is told.
  static func note(_ text: String) { _ = write(text + "\n", to: STDERR_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    var rest = [UInt8](text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
