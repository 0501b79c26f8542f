import NodeInterface

/// Timers as people write and read them: `30s`, `5m`, `1h`, `1d`, `4w`, `off`.
enum TimerText {
  private static let units: [(letter: Character, seconds: Int64)] = [
    ("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
  ]
  private static let allowed: ClosedRange<Int64> = 5...31_536_000

  /// The seconds that a text means, 0 for `off`.
  ///
  /// - Throws: ``CommandFailure`` for anything that is no time from 5 seconds to a year.
  static func seconds(_ text: String) throws(CommandFailure) -> Int64 {
    guard text != "off" else { return 0 }
    let failure = CommandFailure(
      .usage, "This is not a time for a timer.",
      next: "Give 'off', or a number with s, m, h, d or w behind it, from 5s to 365d: 30s, 5m, 1h, 1d, 4w.")
    guard let unit = units.first(where: { $0.letter == text.last }), let number = UInt32(text.dropLast()) else {
      throw failure
    }
    let seconds = Int64(number) * unit.seconds
    guard allowed.contains(seconds) else { throw failure }
    return seconds
  }

  /// The parameters `mode` and `seconds` of `chat.setTimer`.
  static func parameters(_ text: String, afterSend: Bool) throws(CommandFailure) -> [String: JSONValue] {
    let seconds = try seconds(text)
    guard seconds > 0 else { return ["mode": "off", "seconds": 0] }
    return ["mode": afterSend ? "after_send" : "after_read", "seconds": .integer(seconds)]
  }

  /// `off`, `30s after reading`, `1d after sending`.
  static func text(_ timer: JSONValue?) -> String {
    let time = duration(timer?["seconds"]?.integer ?? 0)
    switch timer?["mode"]?.string {
    case "after_read": return "\(time) after reading"
    case "after_send": return "\(time) after sending"
    default: return "off"
    }
  }

  /// In the largest unit that is exact.
  static func duration(_ seconds: Int64) -> String {
    for unit in units where seconds % unit.seconds == 0 { return "\(seconds / unit.seconds)\(unit.letter)" }
    return "\(seconds)s"
  }
}
