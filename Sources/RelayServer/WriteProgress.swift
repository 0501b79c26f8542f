package import NIOCore

/// Whether a client takes what is written to it, from what was written and what still waits. Pure.
package struct WriteProgress: Sendable {
  /// How it goes with what waits.
  package enum Judgement: Hashable, Sendable {
    /// Nothing waits.
    case idle
    /// Less waits than was written since: something left.
    case moving
    /// Nothing has left since then.
    case stalled(since: NIODeadline)
  }

  private var written = 0
  private var left = 0
  private var stalledSince: NIODeadline?

  package init() {}

  /// So many bytes were written.
  package mutating func wrote(_ byteCount: Int) { written += byteCount }

  /// - Parameter waiting: bytes that wait in this process now, with what framing and TLS add.
  package mutating func judge(waiting: Int, now: NIODeadline) -> Judgement {
    guard waiting > 0 else {
      self = WriteProgress()
      return .idle
    }
    // What framing adds makes it less than what left, never more.
    if written - waiting > left {
      left = written - waiting
      stalledSince = now
      return .moving
    }
    let since = stalledSince ?? now
    stalledSince = since
    return .stalled(since: since)
  }
}
