/// Which transport to take to one relay, from what became of the earlier attempts. Pure: time is given.
///
/// A WebSocket as long as one gets through. When something on the way refuses it, keeps it silent or cuts it soon, twice
/// in a row, long-poll takes its place. Meanwhile a WebSocket is tried now and then, at growing intervals, and taken again
/// when one works; until one has lived, a single early end is enough to give it up again.
package struct TransportPolicy: Hashable, Sendable {
  /// What carries the frames.
  package enum Transport: Hashable, Sendable {
    case webSocket
    case longPoll
  }

  /// How long things take.
  package struct Timing: Hashable, Sendable {
    /// A WebSocket that is cut sooner ended early.
    package var earlyEnd: Duration
    /// From giving the WebSocket up to the first trial.
    package var firstTrial: Duration
    /// Between two trials, at most; the time doubles with each that fails.
    package var greatestTrial: Duration

    package init(
      earlyEnd: Duration = .seconds(20), firstTrial: Duration = .seconds(60), greatestTrial: Duration = .seconds(3_600)
    ) {
      self.earlyEnd = earlyEnd
      self.firstTrial = firstTrial
      self.greatestTrial = greatestTrial
    }
  }

  /// Early ends in a row after which the WebSocket is given up.
  package static let mostEarlyEnds = 2

  /// What to take for the next connection.
  package private(set) var transport = Transport.webSocket
  private let timing: Timing
  private var earlyEnds = 0
  private var failedTrials = 0
  private var nextTrial = Duration.zero
  private var isTrying = false

  package init(_ timing: Timing = Timing()) { self.timing = timing }

  // MARK: What became of WebSockets

  /// An upgrade was refused, or nothing came after it, and long-poll gets through where that was tried.
  package mutating func webSocketFailed(at now: Duration) { giveUp(now) }

  /// A WebSocket was cut that had lived for `lifetime` since Hello.
  package mutating func webSocketWasCut(after lifetime: Duration, at now: Duration) {
    guard lifetime < timing.earlyEnd else { return webSocketLived() }
    earlyEnds += 1
    if earlyEnds >= Self.mostEarlyEnds { giveUp(now) }
  }

  /// A WebSocket ended in order, or late.
  package mutating func webSocketLived() {
    earlyEnds = 0
    failedTrials = 0
  }

  // MARK: What became of long-poll

  /// Long-poll does not get through either: the next attempt is a WebSocket again.
  package mutating func longPollFailed() { transport = .webSocket }

  /// How long until a WebSocket should be tried beside long-poll; nil: not at all.
  package func timeUntilTrial(at now: Duration) -> Duration? {
    transport == .longPoll ? max(.zero, nextTrial - now) : nil
  }

  /// - Returns: whether to try a WebSocket now; then ``trialEnded(works:at:)`` must follow.
  package mutating func beginTrial(at now: Duration) -> Bool {
    guard transport == .longPoll, !isTrying, now >= nextTrial else { return false }
    isTrying = true
    return true
  }

  /// The trial is over.
  package mutating func trialEnded(works: Bool, at now: Duration) {
    isTrying = false
    guard transport == .longPoll else { return }
    guard works else { return scheduleTrial(now) }
    transport = .webSocket
    earlyEnds = Self.mostEarlyEnds - 1
  }

  private mutating func giveUp(_ now: Duration) {
    transport = .longPoll
    scheduleTrial(now)
  }

  private mutating func scheduleTrial(_ now: Duration) {
    // 2¹⁰ times any usable first interval is above the greatest; the shift stays small.
    nextTrial = now + min(timing.greatestTrial, timing.firstTrial * (1 << min(failedTrials, 10)))
    failedTrials += 1
  }
}
