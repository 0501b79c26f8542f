import Ambient
import Foundation

/// Times for people (local) and for programs (ISO 8601, UTC).
enum ShownTime {
  /// `2026-11-22 18:45:32`, in the time zone of this machine.
  static func local(_ time: WallTime) -> String {
    var seconds = time_t(time.seconds)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return "\(date(parts)) \(timeOfDay(parts))"
  }

  /// As ``local(_:)``, without the date if that is the one of `other`.
  static func local(_ time: WallTime, after other: WallTime) -> String {
    let (text, otherText) = (local(time), local(other))
    let (parts, otherParts) = (text.split(separator: " "), otherText.split(separator: " "))
    return parts.first == otherParts.first ? String(parts.last ?? "") : text
  }

  /// `2026-11-22T17:45:32.123Z`.
  static func iso8601(_ time: WallTime) -> String {
    var seconds = time_t(time.seconds)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let milliseconds = time.milliseconds - time.seconds * 1_000
    return "\(date(parts))T\(timeOfDay(parts)).\(digits(milliseconds, 3))Z"
  }

  private static func date(_ parts: tm) -> String {
    "\(digits(Int64(parts.tm_year) + 1_900, 4))-\(digits(Int64(parts.tm_mon) + 1, 2))-\(digits(Int64(parts.tm_mday), 2))"
  }

  private static func timeOfDay(_ parts: tm) -> String {
    "\(digits(Int64(parts.tm_hour), 2)):\(digits(Int64(parts.tm_min), 2)):\(digits(Int64(parts.tm_sec), 2))"
  }

  private static func digits(_ number: Int64, _ count: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, count - text.count)) + text
  }
}
