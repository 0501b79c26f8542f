import Foundation

/// Prints what a node took for something, beside what bare SQLite took for the same rows.
struct NodeReport {
  struct Value {
    let text: String
    let number: Double
    let unit: String

    init(_ duration: Duration) {
      number = duration.inSeconds * 1e3
      unit = "ms"
      text = String(format: "%.3f ms", number)
    }

    init(bytes: Int) {
      number = Double(bytes) / 1_048_576
      unit = "MiB"
      text = String(format: "%.1f MiB", number)
    }
  }

  let asJSON: Bool

  func begin() {
    if !asJSON { line("what", "Sotto", "SQLite", "ratio", "target") }
  }

  func add(_ name: String, _ value: Value, beside floor: Value? = nil, target: Duration?) {
    let ratio = floor.map { $0.number / value.number }
    let verdict = target.map { "\(Value($0).text): \(value.number <= Value($0).number ? "ok" : "not met")" } ?? ""
    guard asJSON else {
      return line(name, value.text, floor?.text ?? "", ratio.map { String(format: "%.2f", $0) } ?? "", verdict)
    }
    var fields = [
      "\"bench\":\"node\"", "\"what\":\"\(name)\"", "\"\(value.unit)\":\(String(format: "%.3f", value.number))",
    ]
    if let floor { fields.append("\"sqlite_\(floor.unit)\":\(String(format: "%.3f", floor.number))") }
    if let ratio { fields.append("\"ratio\":\(String(format: "%.3f", ratio))") }
    if let target { fields.append("\"target_ms\":\(String(format: "%.0f", target.inSeconds * 1e3))") }
    print("{\(fields.joined(separator: ","))}")
  }

  func end() {
    if !asJSON { print("ratio: SQLite reading the same rows, which opens no sealed value, to Sotto.") }
  }

  private func line(_ cells: String...) {
    let widths = [38, 14, 14, 6, 24]
    print(
      zip(cells, widths).enumerated().map { index, cell in
        let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
        return index == 0 ? cell.0 + space : space + cell.0
      }.joined(separator: " "))
    fflush(nil)
  }
}

/// How much memory this process has in use.
enum Memory {
  static func resident() -> Int { kibibytes("VmRSS:") * 1_024 }
  static func peak() -> Int { kibibytes("VmHWM:") * 1_024 }

  private static func kibibytes(_ field: String) -> Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix(field) })
    else { return 0 }
    return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0
  }
}
