import ArgumentParser
import Foundation
import NodeInterface

/// `sotto open`: view-once content, once.
struct Open: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Open a view-once message, once.",
    discussion: """
      Hands out what is in it and destroys it in this vault at the same moment: there is no second time, also not after a \
      failure to write it. Text goes to standard output, a file to --to.

        sotto open ms_5f1c… --to picture.png   never replaces a file
        sotto open ms_5f1c… --to -             a file to standard output

      View-once asks the one who opens it to look only once. Where you save it, it stays.
      """)

  @Argument(help: ArgumentHelp("The id of the message.", valueName: "message"))
  var message: String

  @Option(help: ArgumentHelp("Where a file goes; '-' is standard output.", valueName: "path"))
  var to: String?

  @OptionGroup var home: HomeOptions

  func run() async throws {
    let id = try Interface.messageID(message)
    try await home.withInterface { interface in
      let shown = ShownMessage(try await interface.call("message.get", ["message": id]))
      if let kind = shown.viewOnce, kind != "text", shown.opensOnDevice == nil, to == nil {
        throw CommandFailure(
          .usage, "This is a \(ShownText.path(kind)): it needs a place to go.",
          next: "Repeat the command with --to PATH, or --to -.")
      }
      // The place is taken before anything is destroyed.
      let target = try to.map { path throws(CommandFailure) in try OpenedTarget(path) }
      let opened: JSONValue
      do { opened = try await interface.call("message.open", ["message": id]) } catch {
        target?.abandon()
        throw error
      }
      try Self.show(opened, target)
    }
  }

  private static func show(_ opened: JSONValue, _ target: OpenedTarget?) throws {
    let text = opened["text"]?.string ?? ""
    if let file = opened["file"] {
      if !text.isEmpty { for line in ShownText.lines(text) { Output.note(line) } }
      try target?.write([UInt8](Data(base64Encoded: file["data"]?.string ?? "") ?? Data()))
    } else if let target {
      try target.write([UInt8](text.utf8))
    } else {
      for line in ShownText.lines(text) { try Output.line(line) }
    }
  }
}

/// A new file, or standard output, that is known to be writable before view-once content is opened for it.
private struct OpenedTarget {
  private let path: String?
  private let descriptor: Int32

  init(_ path: String) throws(CommandFailure) {
    guard path != "-" else {
      self.path = nil
      descriptor = STDOUT_FILENO
      return
    }
    self.path = path
    descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw CommandFailure(
        .failed, "The file cannot be made (errno \(errno)). Nothing was opened.",
        next: "Name one that does not exist yet, in a folder that does.")
    }
  }

  func write(_ bytes: [UInt8]) throws(CommandFailure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw CommandFailure(
          .failed, "What was opened could not be written (errno \(errno)), and is destroyed.",
          next: "Ask for it to be sent again.")
      }
      rest = rest.dropFirst(count)
    }
    if path != nil { close(descriptor) }
  }

  /// Nothing was opened: the file that was made for it goes.
  func abandon() {
    guard let path else { return }
    close(descriptor)
    unlink(path)
  }
}
