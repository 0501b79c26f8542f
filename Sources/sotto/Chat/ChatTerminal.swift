import Dispatch
import Foundation
import Synchronization
import TerminalChat

/// The terminal while a conversation fills it: another screen, no echo, every key at once. It is set right again however the
/// program ends.
enum ChatTerminal {
  private static let saved = Mutex<termios?>(nil)
  private static let leave = Array("\u{1b}[?2004l\u{1b}[0m\u{1b}[?1049l".utf8)

  /// - Returns: false when standard input or output is no terminal.
  static func enter() -> Bool {
    var settings = termios()
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, tcgetattr(STDIN_FILENO, &settings) == 0 else {
      return false
    }
    saved.withLock { $0 = settings }
    // Made now, and not in the handler of a signal.
    _ = leave
    for number in [SIGTERM, SIGHUP, SIGSEGV, SIGILL, SIGTRAP, SIGBUS, SIGABRT] {
      signal(number) { number in
        ChatTerminal.restore()
        signal(number, SIG_DFL)
        raise(number)
      }
    }
    cfmakeraw(&settings)
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
    write("\u{1b}[?1049h")
    return true
  }

  static func restore() {
    // A crash while it is held must not wait for it.
    _ = saved.withLockIfAvailable { saved in
      guard var settings = saved else { return }
      saved = nil
      _ = Foundation.write(STDOUT_FILENO, leave, leave.count)
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
    }
  }

  /// Columns and rows.
  static func size() -> (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  static func draw(_ screen: ChatScreen) {
    var text = "\u{1b}[?25l\u{1b}[H"
    for (number, row) in screen.rows.enumerated() {
      text += "\u{1b}[\(number + 1);1H\u{1b}[0m\(code(row.style))\(row.text)\u{1b}[K"
    }
    write(text + "\u{1b}[0m\u{1b}[\(screen.rows.count);\(screen.cursorColumn + 1)H\u{1b}[?25h")
  }

  private static func code(_ style: ChatScreen.Style) -> String {
    guard ProcessInfo.processInfo.environment["NO_COLOR"] == nil else { return style == .bar ? "\u{1b}[7m" : "" }
    return switch style {
    case .plain: ""
    case .bar: "\u{1b}[7m"
    case .own: "\u{1b}[36m"
    case .info: "\u{1b}[2m"
    case .found: "\u{1b}[33m"
    }
  }

  private static func write(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Calls `report` with what is typed, and with nothing when the size has changed; empty at the end of the input.
  static func listen(_ report: @escaping @Sendable ([UInt8]?) -> Void) -> any DispatchSourceSignal {
    Thread.detachNewThread {
      var buffer = [UInt8](repeating: 0, count: 4_096)
      while true {
        let count = read(STDIN_FILENO, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        report(count > 0 ? Array(buffer[..<count]) : [])
        if count <= 0 { return }
      }
    }
    let source = DispatchSource.makeSignalSource(signal: SIGWINCH, queue: .global())
    source.setEventHandler { report(nil) }
    source.resume()
    return source
  }
}
