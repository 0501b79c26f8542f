package import Ambient
import Foundation

/// A relay's log: takes ``RelayLogEvent`` and nothing else. What libraries would log goes nowhere.
package struct RelayLog: Sendable {
  package enum Format: Hashable, Sendable {
    /// An object a line: time, level, event, message.
    case json
    case text
  }

  /// Says nothing.
  package static let silent = RelayLog(level: .error, format: .text, clock: SystemWallClock()) { _ in }

  private let level: RelayLogEvent.Level
  private let format: Format
  private let clock: any WallClock
  private let write: @Sendable (String) -> Void

  /// - Parameters:
  ///   - level: what is less is dropped.
  ///   - write: takes one line with its end.
  package init(
    level: RelayLogEvent.Level, format: Format, clock: any WallClock, write: @escaping @Sendable (String) -> Void
  ) {
    self.level = level
    self.format = format
    self.clock = clock
    self.write = write
  }

  package func record(_ event: RelayLogEvent) {
    guard event.level >= level else { return }
    let time = Date(timeIntervalSince1970: TimeInterval(clock.now().seconds)).formatted(.iso8601)
    switch format {
    case .text: write("\(time) \(event.level.name): \(event.sentence)\n")
    case .json:
      // Nothing in here needs to be escaped: all of it is in this source.
      write(
        #"{"time":"\#(time)","level":"\#(event.level.name)","event":"\#(event.name)","message":"\#(event.sentence)"}"#
          + "\n")
    }
  }
}
