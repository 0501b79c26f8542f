import Dispatch
import Foundation
import Synchronization

/// Ctrl-C: ends the program at once, with exit code 130.
///
/// Everything that counts is in the vault before it is shown or sent, so there is nothing to finish. Only a terminal that
/// was told not to echo is set right first.
enum Interruption {
  /// The terminal whose settings are changed just now, and how they were.
  private static let terminal = Mutex<(descriptor: Int32, settings: termios)?>(nil)

  /// Whether something else ends the program in order.
  private static let isLeft = Mutex(false)

  /// From now on Ctrl-C is somebody else's affair: a service finishes what it is at.
  static func leaveToService() { isLeft.withLock { $0 = true } }

  /// Takes SIGINT over, also where a shell has told background processes to ignore it.
  static func install() {
    signal(SIGINT, SIG_IGN)
    Thread.detachNewThread {
      let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
      source.setEventHandler {
        if isLeft.withLock({ $0 }) { return }
        terminal.withLock { saved in
          if var saved { tcsetattr(saved.descriptor, TCSAFLUSH, &saved.settings) }
        }
        _exit(ExitStatus.interrupted.rawValue)
      }
      source.resume()
      // The thread does nothing but hold the source.
      withExtendedLifetime(source) { while true { pause() } }
    }
  }

  /// Runs `body` while the terminal is changed; its settings come back however it ends.
  static func restoring<Result: ~Copyable, Failure: Error>(
    _ descriptor: Int32, _ settings: termios, during body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    terminal.withLock { $0 = (descriptor, settings) }
    defer {
      terminal.withLock { saved in
        if var saved { tcsetattr(saved.descriptor, TCSAFLUSH, &saved.settings) }
        saved = nil
      }
    }
    return try body()
  }
}
