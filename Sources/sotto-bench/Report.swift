import Foundation

/// How much was done in which time, and how long one of them took.
struct Rate {
  var count: Int
  let elapsed: Duration
  /// What one took, ascending.
  var latencies: [Duration]
  /// How much of a processor this program itself used meanwhile.
  let ownProcessors: Double
  /// How much of them the relay used; nil: none was at work.
  var relayProcessors: Double?

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
      ownProcessors: slices.reduce(0) { $0 + $1.ownProcessors * ($1.elapsed / elapsed) },
      relayProcessors: slices.reduce(nil) { sum, slice in
        slice.relayProcessors.map { (sum ?? 0) + $0 * (slice.elapsed / elapsed) } ?? sum
      })
  }
}

/// One line of a report.
struct Figure {
  let name: String
  let load: String
  let rate: Rate
}

/// What is wanted of a figure, and whether it is so.
struct Target {
  enum Limit {
    case atLeast(Double)
    case atMost(Double)
  }

  let name: String
  let value: Double
  let limit: Limit

  var isMet: Bool {
    switch limit {
    case .atLeast(let limit): value >= limit
    case .atMost(let limit): value <= limit
    }
  }
}

/// Prints figures and then targets as tables, or as one JSON object a line.
struct Report {
  let asJSON: Bool

  func begin() {
    if !asJSON { line("what", "load", "per second", "p50 ms", "p99 ms", "own CPU", "its CPU") }
  }

  func add(_ figure: Figure) {
    let rate = figure.rate
    let cells = [
      number(rate.perSecond, 0), number(rate.latency(0.5).inSeconds * 1e3, 3),
      number(rate.latency(0.99).inSeconds * 1e3, 3), number(rate.ownProcessors, 2),
      rate.relayProcessors.map { number($0, 2) } ?? "",
    ]
    guard asJSON else {
      let blank = rate.latencies.isEmpty
      return line(figure.name, figure.load, cells[0], blank ? "" : cells[1], blank ? "" : cells[2], cells[3], cells[4])
    }
    var fields = [
      "\"bench\":\"\(figure.name)\"", "\"load\":\"\(figure.load)\"", "\"count\":\(rate.count)",
      "\"per_second\":\(cells[0])", "\"p50_ms\":\(cells[1])", "\"p99_ms\":\(cells[2])",
      "\"own_processors\":\(cells[3])",
    ]
    if rate.relayProcessors != nil { fields.append("\"relay_processors\":\(cells[4])") }
    say("{\(fields.joined(separator: ","))}")
  }

  /// Adds what something takes in memory.
  func add(kibibytes: Double, name: String, load: String) {
    guard asJSON else { return line(name, load, "\(number(kibibytes, 1)) KiB") }
    say("{\"bench\":\"\(name)\",\"load\":\"\(load)\",\"kibibytes\":\(number(kibibytes, 2))}")
  }

  /// Prints the targets; nothing may be added behind them.
  func end(_ targets: [Target]) {
    if !asJSON {
      say("own CPU, its CPU: processors that this program and the relay took.\n")
      row([("target", 52), ("is", 9), ("wanted", 10), ("", 4)])
    }
    for target in targets {
      let (sign, limit) =
        switch target.limit {
        case .atLeast(let limit): ("≥", limit)
        case .atMost(let limit): ("≤", limit)
        }
      if asJSON {
        say(
          "{\"target\":\"\(target.name)\",\"value\":\(number(target.value, 3)),\"sign\":\"\(sign)\","
            + "\"limit\":\(limit),\"ok\":\(target.isMet)}")
      } else {
        row([
          (target.name, 52), (number(target.value, 2), 9), ("\(sign) \(limit)", 10), (target.isMet ? "ok" : "no", 4),
        ])
      }
    }
  }

  private func line(_ cells: String...) { row(Array(zip(cells, [28, 26, 11, 9, 9, 8, 8]))) }

  /// Words to the left, numbers to the right.
  private func row(_ cells: [(text: String, width: Int)]) {
    let padded = cells.map { cell in
      let space = String(repeating: " ", count: max(0, cell.width - cell.text.count))
      return cell.width > 20 ? cell.text + space : space + cell.text
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

/// Measures the time, and the shares of the processors that this program and the relay take, around a piece of work.
struct Stopwatch {
  private let start = ContinuousClock.now
  private let own = Self.ownTime()
  private let relay: Int32?
  private let relayStart: Double

  /// - Parameter relay: the relay's process, if one is at work.
  init(relay: Int32? = nil) {
    self.relay = relay
    relayStart = relay.map(Self.time) ?? 0
  }

  func rate(_ latencies: [Duration]) -> Rate {
    var rate = rate(count: latencies.count)
    rate.latencies = latencies.sorted()
    return rate
  }

  func rate(nanoseconds latencies: [UInt64]) -> Rate { rate(latencies.map { .nanoseconds(Int64($0)) }) }

  func rate(count: Int) -> Rate {
    let elapsed = ContinuousClock.now - start
    return Rate(
      count: count, elapsed: elapsed, latencies: [], ownProcessors: (Self.ownTime() - own) / elapsed.inSeconds,
      relayProcessors: relay.map { (Self.time(of: $0) - relayStart) / elapsed.inSeconds })
  }

  private static func ownTime() -> Double {
    var time = timespec()
    // The clock exists on every Linux: the call cannot fail with a valid pointer.
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Seconds of processor time that a process has taken; 0 if it is not there.
  private static func time(of process: Int32) -> Double {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return 0 }
    // Behind the name, which may hold spaces: user and system time are the 12th and 13th.
    let fields = text.drop { $0 != ")" }.split(separator: " ")
    guard fields.count > 13 else { return 0 }
    return ((Double(fields[12]) ?? 0) + (Double(fields[13]) ?? 0)) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
