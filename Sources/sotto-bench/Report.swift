import Foundation

/// How much was done in which time, and how long one of them took.
struct Rate {
  let count: Int
  let elapsed: Duration
  /// What one took, ascending.
  let latencies: [Duration]
  /// The share of one processor that this program itself used meanwhile.
  let ownProcessors: Double

  var perSecond: Double { Double(count) / elapsed.inSeconds }

  /// The latency that the share `quantile` of all do not exceed.
  func latency(_ quantile: Double) -> Duration {
    guard let last = latencies.indices.last else { return .zero }
    return latencies[min(last, Int(Double(latencies.count) * quantile))]
  }
}

extension Rate {
  /// Several slices of one measurement as a whole.
  init(joining slices: [Rate]) {
    let elapsed = slices.reduce(Duration.zero) { $0 + $1.elapsed }
    self.init(
      count: slices.reduce(0) { $0 + $1.count }, elapsed: elapsed, latencies: slices.flatMap(\.latencies).sorted(),
      ownProcessors: slices.reduce(0) { $0 + $1.ownProcessors * ($1.elapsed / elapsed) })
  }
}

/// One line of a report.
struct Figure {
  let name: String
  let load: String
  let rate: Rate
  /// To the limit that the line after it shows.
  var ratio: Double?
}

/// Prints figures as a table, or as one JSON object a line.
struct Report {
  let asJSON: Bool

  init(asJSON: Bool) { self.asJSON = asJSON }

  func begin() {
    if !asJSON {
      line("what", "load", "per second", "p50 ms", "p99 ms", "ratio", "own CPU")
    }
  }

  func add(_ figure: Figure) {
    let rate = figure.rate
    guard asJSON else {
      return line(
        figure.name, figure.load, number(rate.perSecond, 0), number(rate.latency(0.5).inSeconds * 1e3, 3),
        number(rate.latency(0.99).inSeconds * 1e3, 3), figure.ratio.map { number($0, 2) } ?? "",
        number(rate.ownProcessors, 2))
    }
    var fields = [
      "\"bench\":\"\(figure.name)\"", "\"load\":\"\(figure.load)\"", "\"count\":\(rate.count)",
      "\"per_second\":\(number(rate.perSecond, 0))", "\"p50_ms\":\(number(rate.latency(0.5).inSeconds * 1e3, 3))",
      "\"p99_ms\":\(number(rate.latency(0.99).inSeconds * 1e3, 3))",
      "\"own_processors\":\(number(rate.ownProcessors, 2))",
    ]
    if let ratio = figure.ratio { fields.append("\"ratio\":\(number(ratio, 3))") }
    say("{\(fields.joined(separator: ","))}")
  }

  func end() {
    if !asJSON { say("ratio: of the relay to SQLite alone. own CPU: what this program used, in processors.") }
  }

  private func line(_ cells: String...) {
    let widths = [14, 22, 11, 9, 9, 6, 8]
    let padded = zip(cells, widths).enumerated().map { index, cell in
      let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
      return index < 2 ? cell.0 + space : space + cell.0
    }
    say(padded.joined(separator: " "))
  }

  private func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

  private func say(_ text: String) {
    print(text)
    fflush(nil)
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

/// Measures the time and this program's share of the processors around a piece of work.
struct Stopwatch {
  private let start = ContinuousClock.now
  private let processors = Self.processorTime()

  func rate(_ latencies: [Duration]) -> Rate {
    let elapsed = ContinuousClock.now - start
    return Rate(
      count: latencies.count, elapsed: elapsed, latencies: latencies.sorted(),
      ownProcessors: (Self.processorTime() - processors) / elapsed.inSeconds)
  }

  func rate(count: Int) -> Rate {
    let elapsed = ContinuousClock.now - start
    return Rate(
      count: count, elapsed: elapsed, latencies: [],
      ownProcessors: (Self.processorTime() - processors) / elapsed.inSeconds)
  }

  private static func processorTime() -> Double {
    var time = timespec()
    // The clock exists on every Linux: the call cannot fail with a valid pointer.
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
