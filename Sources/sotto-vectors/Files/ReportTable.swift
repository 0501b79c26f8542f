/// What became of one case.
enum CaseOutcome {
  /// Expected to succeed, and every number came out.
  case accepted
  /// Expected to be refused, and was, for the stated reason.
  case refused
  case failed(name: String, reason: String)
}

/// The table that `run` prints.
struct ReportTable {
  private struct Row {
    let file: String
    var accepted = 0
    var refused = 0
    var failed = 0
    var cells: [String] { [file] + [accepted + refused + failed, accepted, refused, failed].map(String.init) }
  }

  private var rows: [Row] = []
  private(set) var failureLines: [String] = []

  var isEmpty: Bool { rows.isEmpty }

  mutating func add(_ outcomes: [CaseOutcome], file: String) {
    var row = Row(file: file)
    for outcome in outcomes {
      switch outcome {
      case .accepted: row.accepted += 1
      case .refused: row.refused += 1
      case .failed(let name, let reason):
        row.failed += 1
        failureLines.append("\(file): \(name): \(reason)")
      }
    }
    if outcomes.isEmpty {
      row.failed += 1
      failureLines.append("\(file): holds no cases")
    }
    rows.append(row)
  }

  /// The rows, a header above them and their sums below.
  var text: String {
    var total = Row(file: "total")
    for row in rows {
      total.accepted += row.accepted
      total.refused += row.refused
      total.failed += row.failed
    }
    let lines = [["file", "cases", "accepted", "refused", "failures"]] + rows.map(\.cells) + [total.cells]
    let widths = (0..<5).map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { cells in
      zip(cells, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + padding : padding + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
