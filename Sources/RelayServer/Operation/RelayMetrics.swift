import Foundation
import RelayCore
import RelayWire
import Synchronization

/// A relay's numbers, all mailboxes together: no label names a mailbox, a tag, an address or a time of anyone's (R8).
///
/// Counting is one atomic addition; they are put into words when they are asked for.
package final class RelayMetrics: Sendable {
  /// What is only ever counted up.
  enum Counter: String, CaseIterable {
    case receipts = "sotto_relay_receipts_total"
    case fetches = "sotto_relay_fetches_total"
    case pages = "sotto_relay_pages_total"
    case openings = "sotto_relay_openings_total"
    case connections = "sotto_relay_connections_total"
    case connectionsRefused = "sotto_relay_connections_refused_total"
    case commits = "sotto_relay_commits_total"
    case commitsFailed = "sotto_relay_commits_failed_total"

    var help: String {
      switch self {
      case .receipts: "Receipts given for stored envelopes."
      case .fetches: "Fetches asked for."
      case .pages: "Pages sent, asked for or pushed."
      case .openings: "Mailboxes opened by their owners."
      case .connections: "Connections taken."
      case .connectionsRefused: "Connections closed at once: too many."
      case .commits: "Group commits that are durable."
      case .commitsFailed: "Group commits that failed; nothing of them was acknowledged."
      }
    }
  }

  /// What became of a put.
  enum Put: String, CaseIterable {
    case stored, repeated, ephemeral, conflict, notAdmitted, overQuota, workNeeded, failed
  }

  private let counters = Counter.allCases.map { _ in Count() }
  private let puts = Put.allCases.map { _ in Count() }
  private let refusals = RelayRefusal.Code.allCases.map { _ in Count() }
  private let groups = Histogram([1, 2, 4, 8, 16, 32, 64])
  private let commitSeconds = Histogram([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10])
  private let lastWriteWorked = Atomic(true)
  private let ending = Atomic(false)

  package init() {}

  // MARK: Counting

  func count(_ counter: Counter, _ number: Int = 1) {
    if let index = Counter.allCases.firstIndex(of: counter) { counters[index].add(number) }
  }

  func count(_ outcome: PutOutcome) {
    switch outcome {
    case .stored: count(put: .stored)
    case .repeated: count(put: .repeated)
    case .acceptedEphemeral: count(put: .ephemeral)
    case .conflict: count(put: .conflict)
    case .notAdmitted: count(put: .notAdmitted)
    case .overQuota: count(put: .overQuota)
    case .workNeeded: count(put: .workNeeded)
    }
  }

  func count(put: Put, _ number: Int = 1) {
    if let index = Put.allCases.firstIndex(of: put) { puts[index].add(number) }
  }

  /// Counts what an answer says: refusals by their code, receipts, pages, openings.
  func count(_ event: RelayEvent) {
    switch event {
    case .refusal(let refusal): count(refusal)
    case .storedReceipt: count(.receipts)
    case .putBatchResult(let results):
      for result in results {
        if case .refused(let refusal) = result { count(refusal) } else { count(.receipts) }
      }
    case .page: count(.pages)
    case .opened: count(.openings)
    default: break
    }
  }

  private func count(_ refusal: RelayRefusal) {
    if let index = RelayRefusal.Code.allCases.firstIndex(of: refusal.code) { refusals[index].add(1) }
  }

  /// A group commit returned.
  ///
  /// - Parameters:
  ///   - writes: how many writes were in it.
  ///   - isDurable: false: nothing of it was stored.
  package func committed(writes: Int, seconds: Double, isDurable: Bool) {
    lastWriteWorked.store(isDurable, ordering: .relaxed)
    count(isDurable ? .commits : .commitsFailed)
    groups.observe(Double(writes))
    commitSeconds.observe(seconds)
  }

  // MARK: Readiness

  func wrote(_ worked: Bool) { lastWriteWorked.store(worked, ordering: .relaxed) }

  func begunToEnd() { ending.store(true, ordering: .relaxed) }

  /// Why the relay should get no new clients now; nil: it is ready.
  var problem: String? {
    if ending.load(ordering: .relaxed) { return "The relay is ending." }
    return lastWriteWorked.load(ordering: .relaxed) ? nil : "The store could not be written: is its disk full?"
  }

  // MARK: Telling

  /// Everything in Prometheus' text format 0.0.4.
  ///
  /// - Parameter gauges: what is known elsewhere, by name: help and value.
  func text(gauges: [(name: String, help: String, value: Int)]) -> String {
    var text = PrometheusText()
    for (counter, count) in zip(Counter.allCases, counters) {
      text.metric(counter.rawValue, "counter", counter.help, [("", count.value)])
    }
    text.metric(
      "sotto_relay_puts_total", "counter", "Puts by outcome.",
      zip(Put.allCases, puts).map { ("{outcome=\"\(PrometheusText.snake($0.rawValue))\"}", $1.value) })
    text.metric(
      "sotto_relay_refusals_total", "counter", "Refusals by code.",
      zip(RelayRefusal.Code.allCases, refusals).map { ("{code=\"\(PrometheusText.snake("\($0)"))\"}", $1.value) })
    text.histogram("sotto_relay_commit_writes", "Writes in a group commit.", groups)
    text.histogram("sotto_relay_commit_seconds", "Time of a group commit, its fsync included.", commitSeconds)
    for gauge in gauges { text.metric(gauge.name, "gauge", gauge.help, [("", gauge.value)]) }
    text.metric("sotto_relay_ready", "gauge", "1: as /readyz says.", [("", problem == nil ? 1 : 0)])
    return text.text
  }
}

/// One number that many threads add to.
final class Count: Sendable {
  private let number = Atomic(0)

  func add(_ more: Int) { number.wrappingAdd(more, ordering: .relaxed) }
  var value: Int { number.load(ordering: .relaxed) }
}

/// How many observations were at most so large, and their sum.
final class Histogram: Sendable {
  let bounds: [Double]
  /// One more than bounds: the last one counts what is above all.
  private let counts: [Count]
  private let millionths = Count()

  init(_ bounds: [Double]) {
    self.bounds = bounds
    counts = (0...bounds.count).map { _ in Count() }
  }

  func observe(_ value: Double) {
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count].add(1)
    millionths.add(Int((value * 1_000_000).rounded()))
  }

  /// For each bound how many were at most that, and then all.
  var cumulative: [Int] {
    var sum = 0
    return counts.map { count in
      sum += count.value
      return sum
    }
  }

  var sum: Double { Double(millionths.value) / 1_000_000 }
}
