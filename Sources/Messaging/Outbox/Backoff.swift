/// When a failed attempt is made again: 1 s · 2^n with full jitter, at most 15 minutes apart, for 14 days.
enum Backoff {
  static let capMilliseconds: Int64 = 15 * 60 * 1_000
  /// No row ever waits longer: a relay that says "come again" later than this is asked all the same.
  static let longestWaitMilliseconds: Int64 = 60 * 60 * 1_000
  /// After this the message has failed.
  static let patienceSeconds: Int64 = 14 * 86_400

  /// The longest wait before attempt `attempts` + 1, in milliseconds; the wait itself is uniform below it.
  static func ceilingMilliseconds(attempts: UInt32) -> Int64 {
    min(capMilliseconds, 1_000 << Int64(min(attempts, 20)))
  }
}
