/// `sotto-rpc(7)`, made from the table of methods, in the language of man pages.
package enum ManualPage {
  package static func source(_ registry: MethodRegistry, version: String) -> String {
    var lines = [
      ".\\\" Made by `sotto generate man`: change the table of methods instead.",
      ".TH SOTTO-RPC 7 \"\" \"\(version)\" \"Sotto\"", ".SH NAME",
      "sotto-rpc \\- the methods, events and errors of a Sotto node", ".SH DESCRIPTION",
      escaped(
        "A running 'sotto daemon' answers JSON-RPC 2.0 on its socket, one JSON value a line. 'sotto rpc METHOD NAME=TEXT "
          + "NAME:=JSON' makes one call. Parameters marked with ? may be left away."),
    ]
    var noun = ""
    for method in registry.methods {
      if method.noun != noun {
        noun = method.noun
        lines.append(".SH \(noun.uppercased())")
      }
      lines += section(method)
    }
    lines.append(".SH EVENTS")
    for type in EventType.allCases { lines += [".TP", ".B \(escaped(type.rawValue))", escaped(type.summary)] }
    for type in LiveEventType.allCases {
      lines += [".TP", ".B \(escaped(type.rawValue))", escaped(type.summary + " Told at this moment only.")]
    }
    lines.append(".SH ERRORS")
    for kind in ErrorKind.allCases {
      lines += [".TP", ".B \(escaped(kind.rawValue)) (\(escaped(String(kind.code))))", escaped(kind.summary)]
    }
    lines += [".SH SEE ALSO", ".BR sotto (1)"]
    return lines.joined(separator: "\n")
  }

  private static func section(_ method: Method) -> [String] {
    var lines = [".SS \(escaped(method.name))", escaped(method.summary)]
    for parameter in method.parameters {
      lines += [
        ".TP", ".I \(escaped(parameter.name + (parameter.isRequired ? "" : "?")))",
        escaped("\(parameter.summary) (\(parameter.schema.expectation))"),
      ]
    }
    return lines
  }

  /// Text that is no command of the typesetter.
  private static func escaped(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
  }
}
