/// One table of `sotto-bench ratchet`.
protocol RatchetSection {
  /// What its rows measure.
  var title: String { get }
  /// Its rows, not measured yet.
  func contests() throws -> [RatchetContest]
}

/// Sotto and the bare calls doing the same work.
struct RatchetContest {
  let name: String
  let sotto: () throws -> Void
  let bare: () throws -> Void

  /// Slices of each contestant; odd, so that there is a median.
  private static let sliceCount = 15

  /// Runs both in turn for `seconds` of processor time together.
  func row(seconds: Double) throws -> RatchetRow {
    let slice = seconds / Double(2 * Self.sliceCount)
    var sottoRates: [Double] = []
    var bareRates: [Double] = []
    for _ in 0..<Self.sliceCount {
      sottoRates.append(try ProcessorTime.callsPerSecond(during: slice, sotto))
      bareRates.append(try ProcessorTime.callsPerSecond(during: slice, bare))
    }
    return RatchetRow(
      name: name, sottoPerSecond: Self.median(sottoRates), barePerSecond: Self.median(bareRates),
      ratio: Self.median(zip(sottoRates, bareRates).map { $0 / $1 }))
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}

/// What a contest ended with: calls a second of processor time.
struct RatchetRow {
  let name: String
  let sottoPerSecond: Double
  let barePerSecond: Double
  /// The median of the neighbours' ratios.
  let ratio: Double

  static func heading(_ title: String) -> String {
    title.padded(to: 34) + "Sotto/s".padded(to: -10) + "bare calls/s".padded(to: -16) + "ratio".padded(to: -9)
  }

  var json: String {
    """
    {"bench":"ratchet","row":"\(name)","sottoPerSecond":\(Int(sottoPerSecond)),\
    "barePerSecond":\(Int(barePerSecond)),"ratio":\(rounded)}
    """
  }

  var text: String {
    name.padded(to: 34) + "\(Int(sottoPerSecond))".padded(to: -10) + "\(Int(barePerSecond))".padded(to: -16)
      + "\(rounded)".padded(to: -9)
  }

  private var rounded: Double { (ratio * 1_000).rounded() / 1_000 }
}

extension String {
  /// Spaces after the text, or before it when `width` is negative.
  func padded(to width: Int) -> String {
    let spaces = String(repeating: " ", count: max(0, abs(width) - count))
    return width < 0 ? spaces + self : self + spaces
  }
}
