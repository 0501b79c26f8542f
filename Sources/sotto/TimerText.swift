import MessageContent

/// Timers as people write and read them: `30s`, `5m`, `1h`, `1d`, `4w`, `off`.
enum TimerText {
  private static let units: [(letter: Character, seconds: UInt32)] = [
    ("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
  ]

  /// The seconds that a text means, 0 for `off`.
  ///
  /// - Throws: ``CommandFailure`` for anything that is no time from 5 seconds to a year.
  static func seconds(_ text: String) throws(CommandFailure) -> UInt32 {
    guard text != "off" else { return 0 }
    let failure = CommandFailure(
      .usage, "This is not a time for a timer.",
      next: "Give 'off', or a number with s, m, h, d or w behind it, from 5s to 365d: 30s, 5m, 1h, 1d, 4w.")
    guard let unit = units.first(where: { $0.letter == text.last }), let number = UInt32(text.dropLast()) else {
      throw failure
    }
    let (seconds, overflow) = number.multipliedReportingOverflow(by: unit.seconds)
    guard !overflow, ContentLimits.timerSeconds.contains(seconds) else { throw failure }
    return seconds
  }

  static func setting(_ text: String, afterSend: Bool) throws(CommandFailure) -> TimerSetting {
    let seconds = try seconds(text)
    do throws(ContentError) {
      return seconds == 0 ? .off : try TimerSetting(mode: afterSend ? .afterSend : .afterRead, seconds: seconds)
    } catch {
      throw CommandFailure(.usage, "This is not a time for a timer.", next: "Give 'off', or 5s to 365d.")
    }
  }

  /// `off`, `30s after reading`, `1d after sending`.
  static func text(_ setting: TimerSetting) -> String {
    switch setting.mode {
    case .off: "off"
    case .afterRead: "\(duration(setting.seconds)) after reading"
    case .afterSend: "\(duration(setting.seconds)) after sending"
    }
  }

  /// In the largest unit that is exact.
  static func duration(_ seconds: UInt32) -> String {
    for unit in units where seconds % unit.seconds == 0 { return "\(seconds / unit.seconds)\(unit.letter)" }
    return "\(seconds)s"
  }
}
