import Foundation
import SecretMemory

/// Where a passphrase is read from: always straight into locked memory.
enum PassphraseSource: Hashable, Sendable {
  /// The prompt of the controlling terminal, without echo.
  case terminal
  /// The first line of a file.
  case file(String)

  /// More than anyone types, and below the 4 096 bytes that a terminal takes in one line.
  private static let maximumByteCount = 1_024

  /// The passphrase of a vault that exists.
  ///
  /// - Throws: ``CommandFailure``.
  func existing() throws(CommandFailure) -> SecretBytes {
    switch self {
    case .terminal: try Self.prompt("Passphrase: ")
    case .file(let path): try Self.firstLine(ofFile: path)
    }
  }

  /// A passphrase for a new vault; on a terminal it has to be typed twice.
  ///
  /// - Throws: ``CommandFailure``.
  func new() throws(CommandFailure) -> SecretBytes {
    let passphrase = try existing()
    guard self == .terminal else { return passphrase }
    let again = try Self.prompt("The same again: ")
    guard ConstantTimeEquality.areEqual(passphrase, again) else {
      throw CommandFailure(.usage, "These were two different passphrases.", next: "Repeat the command.")
    }
    return passphrase
  }

  private static func prompt(_ text: String) throws(CommandFailure) -> SecretBytes {
    let descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC)
    var settings = termios()
    guard descriptor >= 0, tcgetattr(descriptor, &settings) == 0 else {
      throw CommandFailure(
        .usage, "A passphrase is needed, and there is no terminal to ask for it.",
        next: "Name a file that has it in its first line, with --passphrase-file FILE or SOTTO_PASSPHRASE_FILE.")
    }
    defer { close(descriptor) }
    return try Interruption.restoring(descriptor, settings) { () throws(CommandFailure) in
      var silent = settings
      silent.c_lflag &= ~tcflag_t(ECHO)
      silent.c_lflag |= tcflag_t(ICANON | ECHONL)
      tcsetattr(descriptor, TCSAFLUSH, &silent)
      let bytes = [UInt8](text.utf8)
      _ = write(descriptor, bytes, bytes.count)
      return try firstLine(of: descriptor)
    }
  }

  private static func firstLine(ofFile path: String) throws(CommandFailure) -> SecretBytes {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CommandFailure(
        .usage, "The passphrase file cannot be read (errno \(errno)).", next: "Check its path and its permissions.")
    }
    defer { close(descriptor) }
    return try firstLine(of: descriptor)
  }

  /// Reads up to the end of the line, into locked memory only.
  private static func firstLine(of descriptor: Int32) throws(CommandFailure) -> SecretBytes {
    var lineByteCount = 0
    let room = try SecretBytes(byteCount: maximumByteCount + 1, wrapping: CommandFailure.noSecretMemory) {
      (room: inout MutableRawSpan) throws(CommandFailure) in
      lineByteCount = room.withUnsafeMutableBytes { readLine(descriptor, into: $0) }
    }
    guard (1...maximumByteCount).contains(lineByteCount) else {
      if lineByteCount == 0 { throw CommandFailure.emptyPassphrase }
      throw CommandFailure(
        .usage, "The passphrase cannot be read, or has more than \(maximumByteCount) bytes.",
        next: "Put it into the first line of the file.")
    }
    do throws(SecretMemoryError) { return try room.slice(0..<lineByteCount) } catch {
      throw .noSecretMemory(error)
    }
  }

  /// How many bytes the line has without its end, -1 when reading fails.
  private static func readLine(_ descriptor: Int32, into room: UnsafeMutableRawBufferPointer) -> Int {
    var total = 0
    while total < room.count {
      let count = read(descriptor, room.baseAddress.map { $0 + total }, room.count - total)
      if count < 0, errno == EINTR { continue }
      if count < 0 { return -1 }
      if count == 0 { break }
      total += count
      if room[..<total].contains(UInt8(ascii: "\n")) { break }
    }
    let end = room[..<total].firstIndex(of: UInt8(ascii: "\n")) ?? total
    return end > 0 && room[end - 1] == UInt8(ascii: "\r") ? end - 1 : end
  }
}
