/// All settings as a configuration file has them.
package enum SettingsListing {
  /// YAML, a line for each setting, in the order of the table; what is not set stands there as a comment.
  package static func yaml<Key: SettingKey>(_ settings: Settings<Key>, showsOrigins: Bool) -> String {
    var lines: [String] = []
    var open: [Substring] = []
    for setting in Key.allCases {
      let parts = setting.rawValue.split(separator: ".")
      let common = zip(open, parts.dropLast()).prefix { $0 == $1 }.count
      for depth in common..<(parts.count - 1) {
        lines.append(String(repeating: "  ", count: depth) + "\(parts[depth]):")
      }
      open = Array(parts.dropLast())
      let value = settings.text(setting)
      let origin = showsOrigins ? "  # \(settings.origin(setting).description(of: setting))" : ""
      lines.append(
        String(repeating: "  ", count: parts.count - 1) + (value.isEmpty ? "# " : "")
          + "\(parts[parts.count - 1]): \(setting.kind == .text && !value.isEmpty ? quoted(value) : value)\(origin)")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// In single quotes, where nothing but the quote itself means anything.
  private static func quoted(_ value: String) -> String {
    "'" + value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
  }
}
