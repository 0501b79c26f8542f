import Foundation
import Yams

/// A YAML file of settings: mappings of names, with texts, numbers or booleans under them. No sequences, and nothing
/// that is not set.
///
/// Read with its lines, because a configuration library skips keys that it does not know.
struct SettingsFile<Key: SettingKey> {
  /// Much more than all settings take.
  static var maximumByteCount: Int { 65_536 }

  /// What stands there, by the whole key, such as `tls.key`.
  private(set) var values: [Key: String] = [:]
  private(set) var problems: [SettingProblem] = []
  private let path: String

  /// - Throws: ``SettingProblem`` if it cannot be read at all; what is wrong inside is in ``problems``.
  init(path: String) throws(SettingProblem) {
    self.path = path
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch { throw .unreadableFile(path: path) }
    guard data.count <= Self.maximumByteCount else {
      throw .malformedFile(path: path, problem: "it is longer than \(Self.maximumByteCount) bytes")
    }
    let root: Node?
    do { root = try Parser(yaml: data).singleRoot() } catch {
      throw .malformedFile(path: path, problem: Self.text(of: error))
    }
    // A file of comments only.
    guard let root else { return }
    guard case .mapping(let mapping) = root else {
      throw .malformedFile(path: path, problem: "it must be names and values, such as `listen: 127.0.0.1:8440`")
    }
    read(mapping, under: "")
  }

  private mutating func read(_ mapping: Node.Mapping, under prefix: String) {
    for (keyNode, value) in mapping {
      let key = prefix + (keyNode.string ?? "?")
      let place = "\(path):\(keyNode.mark?.line ?? 0)"
      let isGroup = Key.allCases.contains { $0.rawValue.hasPrefix(key + ".") }
      switch value {
      case .scalar(let scalar):
        // A group in which every line is a comment.
        if isGroup, scalar.string.isEmpty { continue }
        guard let setting = Key(rawValue: key) else {
          let nearest = NearestName.find(key, among: Key.allCases.map(\.rawValue))
          problems.append(.unknown(name: key, place: place, nearest: nearest))
          continue
        }
        values[setting] = scalar.string
      case .mapping(let inner):
        read(inner, under: key + ".")
      case .sequence, .alias:
        problems.append(.malformedFile(path: place, problem: "\(key) must be one value"))
      }
    }
  }

  private static func text(of error: any Error) -> String {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      "line \(mark.line): \(problem)"
    case .duplicatedKeysInMapping(let duplicates, _): "the same key twice: \(duplicates.joined(separator: ", "))"
    default: "it cannot be parsed"
    }
  }
}
