/// Prometheus' text format 0.0.4.
struct PrometheusText {
  private(set) var text = ""

  /// - Parameter samples: the labels, with their braces, and the value.
  mutating func metric(_ name: String, _ type: String, _ help: String, _ samples: [(labels: String, value: Int)]) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    for sample in samples { text += "\(name)\(sample.labels) \(sample.value)\n" }
  }

  mutating func histogram(_ name: String, _ help: String, _ histogram: Histogram) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) histogram\n"
    let cumulative = histogram.cumulative
    for (bound, count) in zip(histogram.bounds, cumulative) { text += "\(name)_bucket{le=\"\(bound)\"} \(count)\n" }
    let all = cumulative.last ?? 0
    text += "\(name)_bucket{le=\"+Inf\"} \(all)\n\(name)_sum \(histogram.sum)\n\(name)_count \(all)\n"
  }

  /// `notAdmitted` → `not_admitted`.
  static func snake(_ name: String) -> String {
    name.reduce(into: "") { text, letter in text += letter.isUppercase ? "_\(letter.lowercased())" : "\(letter)" }
  }
}
