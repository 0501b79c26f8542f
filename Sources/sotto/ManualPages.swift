import Foundation

/// sotto(1), and sotto-NOUN(1) for each command, made from the commands themselves: their abstracts, arguments and options.
struct ManualPages {
  /// What the argument parser knows of a command, as far as a page shows it.
  private struct Command: Decodable {
    let commandName: String
    let abstract: String?
    let discussion: String?
    let shouldDisplay: Bool?
    let subcommands: [Command]?
    let arguments: [Argument]?

    var isShown: Bool { shouldDisplay != false && commandName != "help" }
    var shownCommands: [Command] { (subcommands ?? []).filter(\.isShown) }
  }

  private struct Argument: Decodable {
    struct Name: Decodable {
      let kind: String
      let name: String
    }

    let kind: String
    let shouldDisplay: Bool?
    let isOptional: Bool?
    let isRepeating: Bool?
    let names: [Name]?
    let valueName: String?
    let abstract: String?

    /// `--name <value>`, `<value>`.
    var spelling: String {
      let value = "<\(valueName ?? "value")>" + (isRepeating == true ? " ..." : "")
      let names = (names ?? []).map { $0.kind == "short" ? "-\($0.name)" : "--\($0.name)" }.joined(separator: ", ")
      switch kind {
      case "positional": return value
      case "flag": return names
      default: return "\(names) \(value)"
      }
    }
  }

  private struct Tool: Decodable { let command: Command }

  private let root: Command
  private let version: String

  /// - Parameter help: the parser's own description of the program, in JSON.
  /// - Throws: when that is of another form.
  init(help: String, version: String) throws {
    root = try JSONDecoder().decode(Tool.self, from: Data(help.utf8)).command
    self.version = version
  }

  /// The files, by name, the program's own first.
  var names: [String] { ["sotto.1"] + root.shownCommands.map { "sotto-\($0.commandName).1" } }

  /// The page in this file; nil when there is none.
  func source(_ name: String) -> String? {
    if name == "sotto.1" { return lines(of: root, title: "sotto", listsCommands: true).joined(separator: "\n") }
    guard let command = root.shownCommands.first(where: { "sotto-\($0.commandName).1" == name }) else { return nil }
    return lines(of: command, title: "sotto-\(command.commandName)", listsCommands: false).joined(separator: "\n")
  }

  private func lines(of command: Command, title: String, listsCommands: Bool) -> [String] {
    let spoken = title.replacing("-", with: " ", maxReplacements: 1)
    var lines = [
      ".\\\" Made by `sotto generate manual`: change the commands instead.",
      ".TH \(Self.escaped(title.uppercased())) 1 \"\" \"\(version)\" \"Sotto\"", ".SH NAME",
      "\(Self.escaped(title)) \\- \(Self.escaped(command.abstract ?? ""))",
    ]
    if listsCommands {
      lines += [".SH SYNOPSIS", ".B sotto", "\\fIcommand\\fR [\\fIarguments\\fR]"] + Self.text(command.discussion)
      lines.append(".SH COMMANDS")
      for sub in command.shownCommands {
        lines += [".TP", ".BR \(Self.escaped("sotto-\(sub.commandName)")) (1)", Self.escaped(sub.abstract ?? "")]
      }
    } else {
      lines += body(of: command, called: spoken, heading: ".SH")
      for sub in command.shownCommands {
        lines += [".SH \(Self.escaped("\(spoken) \(sub.commandName)".uppercased()))", Self.escaped(sub.abstract ?? "")]
        lines += body(of: sub, called: "\(spoken) \(sub.commandName)", heading: ".SS")
      }
    }
    lines += [".SH EXIT STATUS", Self.escaped(Self.exits), ".SH SEE ALSO"]
    lines.append(listsCommands ? ".BR sotto-rpc (7)" : ".BR sotto (1), sotto-rpc (7)")
    return lines
  }

  private func body(of command: Command, called name: String, heading: String) -> [String] {
    let arguments = (command.arguments ?? []).filter { $0.shouldDisplay != false }
    var lines: [String] = []
    if command.shownCommands.isEmpty {
      let words = arguments.map { $0.isOptional == true ? "[\($0.spelling)]" : $0.spelling }
      lines += ["\(heading) Synopsis", ".B \(Self.escaped(name))", Self.escaped(words.joined(separator: " "))]
    }
    if let discussion = command.discussion, !discussion.isEmpty {
      lines += ["\(heading) Description"] + Self.text(discussion)
    }
    guard command.shownCommands.isEmpty, !arguments.isEmpty else { return lines }
    lines.append("\(heading) Options")
    for argument in arguments {
      lines += [".TP", ".B \(Self.escaped(argument.spelling))", Self.escaped(argument.abstract ?? "")]
    }
    return lines
  }

  private static let exits =
    "0: done. 1: it could not be done. 2: the command line was not understood. 3: no daemon answers. 4: not allowed. "
    + "5: too many calls. 6: the devices of a contact have changed, or are not verified. 7: there is no such thing, or no "
    + "more. 8: something is in the way. 9: a relay cannot be reached; what was to be sent is kept. 10: the vault. "
    + "11: it took too long. 12: a part of it is done. 130: interrupted."

  /// Paragraphs, and examples as they are.
  private static func text(_ discussion: String?) -> [String] {
    (discussion ?? "").components(separatedBy: "\n\n").filter { !$0.isEmpty }.flatMap { block in
      let lines = block.components(separatedBy: "\n")
      guard lines.allSatisfy({ $0.hasPrefix("  ") }) else { return [".PP"] + lines.map(escaped) }
      return [".PP", ".nf"] + lines.map(escaped) + [".fi"]
    }
  }

  /// Text that is no command of the typesetter.
  private static func escaped(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
  }
}
