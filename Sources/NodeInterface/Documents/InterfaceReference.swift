/// `Docs/NodeInterface.md`, made from the table of methods.
package enum InterfaceReference {
  package static func markdown(_ registry: MethodRegistry) -> String {
    var lines = [introduction]
    var noun = ""
    for method in registry.methods {
      if method.noun != noun {
        noun = method.noun
        lines += ["", "## \(noun)"]
      }
      lines += section(method)
    }
    lines += ["", "## Events", "", events]
    lines += ["| type | |", "|---|---|"] + EventType.allCases.map { "| `\($0.rawValue)` | \($0.summary) |" }
    lines += ["", live, "", "| type | |", "|---|---|"]
    lines += LiveEventType.allCases.map { "| `\($0.rawValue)` | \($0.summary) |" }
    lines += ["", "## Errors", "", errors, "| code | kind | retryable | |", "|---|---|---|---|"]
    lines += ErrorKind.allCases.map {
      "| \($0.code) | `\($0.rawValue)` | \($0.isRetryable ? "yes" : "") | \($0.summary) |"
    }
    return lines.joined(separator: "\n")
  }

  private static let introduction = """
    # The node's local interface

    *Made by `sotto generate docs`: change the table of methods instead.*

    `sotto daemon` owns the vault, and answers JSON-RPC 2.0 on a Unix socket, one JSON value a line; `sotto stdio` does the \
    same for one program that starts it. Only the user of the daemon and root are let in. Bearers of tokens come over HTTP, and \
    webhooks post events: [LocalTransports.md](LocalTransports.md). Try it with `sotto rpc METHOD \
    NAME=TEXT NAME:=JSON`. `rpc.discover` returns all of this as an OpenRPC document.

    - Parameters are given by name. Unknown ones are refused, by name; unknown members of results, types of events and \
    values of enumerations must be passed over.
    - Two members of one name in one object are refused.
    - Ids are texts: `ct_…` contacts, `ch_…` conversations, `ms_…` messages, `ev_…` events, `ac_…` the account, `tk_…` tokens. Times are \
    milliseconds since 1970, UTC. Sizes are bytes.
    - Methods that change something take `clientRef`: a repeated call with the same one within 30 days is not done again, \
    and returns the first result with `duplicate: true`.
    - A frame may have 1 MiB, be nested 32 deep and hold a batch of 50. 256 requests of one connection are done side by \
    side, and answered as they are done; then the daemon reads no further until some are. Requests whose order matters are \
    sent in a batch, or after the answer.
    """

  private static let events = """
    `events.subscribe` tells a connection what happens, as notifications of the method `event` with `consumer` and `event`. \
    Events come in their order, and come again until `events.ack` says that everything up to one is done; what is \
    acknowledged never comes again, also after a crash of either side. Two readers with two names each get everything. \
    `live` is false while a reader catches up.

    Events refer to messages, and are joined with them when they are told: of a message that has expired, was deleted or was \
    opened for the only time, `data.content` is null and `data.gone` says why, in every event about it. Events are kept until \
    every reader has acknowledged them, but no longer than 14 days; a reader that was away longer is told `consumer.gap`.

    """

  private static let live = """
    Some things are told at this moment only: to the readers that are connected and have named them in `types` (`typing`, \
    `upload.progress`, …). They have no `seq` and no `id`, are in no log, go to no webhook, and never come again; `live` is \
    true. Of a reader that names nothing else, nothing is remembered. In `events.subscribe` and Server-Sent Events only.
    """

  private static let errors = """
    `error.data.kind` is stable, `error.message` is for people. `data.retryAfterMs` is there where it is known.

    """

  private static func section(_ method: Method) -> [String] {
    var lines = ["", "### `\(method.name)`", "", method.summary]
    var facts: [String] = []
    if let scope = method.scope { facts.append("scope `\(scope.rawValue)`") }
    if method.network != .none { facts.append("network \(method.network.rawValue)") }
    if method.isMutating { facts.append("takes `clientRef`") }
    facts.append("since \(method.since)")
    lines[lines.count - 1] += " (\(facts.joined(separator: ", ")))"
    let parameters = method.parameters.filter { $0.name != "clientRef" }
    if !parameters.isEmpty { lines += [""] + table("parameter", parameters) }
    if case .object(let properties) = method.result, !properties.isEmpty {
      lines += [""] + table("result", properties)
    }
    if !method.errors.isEmpty {
      lines += ["", "Errors: " + method.errors.map { "`\($0.rawValue)`" }.joined(separator: ", ") + "."]
    }
    return lines
  }

  private static func table(_ title: String, _ properties: [Schema.Property]) -> [String] {
    ["| \(title) | | |", "|---|---|---|"]
      + properties.map { property in
        let isOptional = property.isRequired ? "" : "?"
        return "| `\(property.name)`\(isOptional) | \(shape(property.schema)) | \(property.summary) |"
      }
  }

  private static func shape(_ schema: Schema) -> String {
    switch schema {
    case .text: "text"
    case .identifier(let prefix): "`\(prefix)…`"
    case .integer: "integer"
    case .boolean: "boolean"
    case .choice(let choices): choices.map { "`\($0)`" }.joined(separator: ", ")
    case .array(let element, _): "list of \(shape(element))"
    case .object(let properties):
      "{" + properties.map { $0.name + ($0.isRequired ? "" : "?") }.joined(separator: ", ") + "}"
    case .anyObject: "object"
    case .any: "any"
    case .optional(let schema): shape(schema) + " or null"
    }
  }
}
