/// Why a configuration is not taken, with where it comes from and what to do.
package enum SettingProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// A key that there is not. `place` is a file with its line, or "the environment".
  case unknown(name: String, place: String, nearest: String)
  /// A value that is not allowed; `origin` is the flag, the variable or the file that it comes from.
  case wrongValue(key: String, value: String, origin: String, problem: String)
  /// Settings that do not go together, or one that is missing; text that says so.
  case combination(String)
  /// The file is not there, or cannot be read.
  case unreadableFile(path: String)
  /// The file is no YAML, or no YAML of the one shape that is read: names, and texts or numbers under them.
  case malformedFile(path: String, problem: String)

  package var description: String {
    switch self {
    case .unknown(let name, let place, let nearest): "\(place): there is no setting \(name). Did you mean \(nearest)?"
    case .wrongValue(let key, let value, let origin, let problem):
      "\(origin): \(key) is \"\(value.prefix(100))\", but \(problem)."
    case .combination(let text): text
    case .unreadableFile(let path): "\(path): cannot be read. Check the path and its permissions."
    case .malformedFile(let path, let problem): "\(path): not a configuration in YAML: \(problem)."
    }
  }
}

/// All that is wrong with a configuration.
package struct SettingProblems: Error, Hashable, Sendable {
  /// At least one, in the order in which they were found.
  package let list: [SettingProblem]

  package init(_ list: [SettingProblem]) { self.list = list }
}

/// Where a value comes from, the strongest first.
package enum SettingOrigin: Hashable, Sendable {
  case flag
  case environment
  case file(path: String)
  case standard

  /// For people.
  package func description(of setting: some SettingKey) -> String {
    switch self {
    case .flag: "--\(setting.flag)"
    case .environment: setting.variable
    case .file(let path): path
    case .standard: "default"
    }
  }
}

/// The nearest of some names, for a hint.
package enum NearestName {
  static func find(_ name: String, among names: [String]) -> String {
    names.min { distance(name, $0) < distance(name, $1) } ?? ""
  }

  /// How many letters to insert, remove or replace (Levenshtein).
  package static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left.prefix(200)), Array(right))
    var row = Array(0...right.count)
    for (index, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for (other, candidate) in right.enumerated() {
        let replaced = diagonal + (letter == candidate ? 0 : 1)
        diagonal = row[other + 1]
        row[other + 1] = min(replaced, row[other] + 1, row[other + 1] + 1)
      }
    }
    return row[right.count]
  }
}
