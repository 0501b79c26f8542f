import MessageContent

/// Foreign text made fit for a terminal: no control characters, and its direction kept to itself.
///
/// The core has cleaned what it stores; here it is done again, because here is where it would do harm.
enum ShownText {
  /// A name on one line.
  static func name(_ name: String) -> String { BidirectionalIsolation.isolated(DisplayName.cleaned(name)) }

  /// The lines of a text, each isolated. They are shown indented, so that none can pass for a line of the program.
  static func lines(_ text: String) -> [String] {
    BidirectionalIsolation.isolated(withoutControls(text)).split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
  }

  /// A file name or path, as it is typed: not isolated, so that it can be copied.
  static func path(_ path: String) -> String { withoutControls(path).replacing("\n", with: " ") }

  private static func withoutControls(_ text: String) -> String {
    var kept = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
      if !isControl || scalar == "\n" || scalar == "\t" { kept.append(scalar) }
    }
    return String(kept)
  }
}
