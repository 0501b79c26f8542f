import Ambient
import Messaging
import Node
import Vault

/// `system.*`, `rpc.discover`: about the daemon.
enum SystemMethods {
  static let all = [info, capabilities, health, stats, discover]

  private static let info = Method(
    "system.info", "Says which program this is, and how it stands with its relays.", scope: .read,
    result: .object([
      .init("version", .text(), "Name and version of the program."),
      .init("uptimeMs", .integer(0 ... .max), "Since it was started."),
      .init("home", .text(), "The folder of the vault."),
      .init("storeState", .choice(["unlocked"]), "Whether the vault can be read."),
      .init(
        "relays",
        .array(
          .object([
            .init("host", .text(), "Where it is."),
            .init("connected", .boolean, "Whether the mailbox there is open."),
          ])), "The relays of the own mailboxes."),
    ])
  ) { call in
    let context = call.context
    let states = try await context.node.relayStates()
    return [
      "version": .string(context.software),
      "uptimeMs": .integer(context.clock.now().milliseconds - context.startedAt.milliseconds),
      "home": .string(context.vault.directory), "storeState": "unlocked",
      "relays": .array(states.map { ["host": .string($0.host), "connected": .bool($0.isOpen)] }),
    ]
  }

  private static let capabilities = Method(
    "system.capabilities", "Lists what this version has, and its limits.", scope: nil,
    result: .object([
      .init("methods", .array(.text()), "The names of all methods."),
      .init("eventTypes", .array(.text()), "The types of all events."),
      .init("limits", .anyObject, "Bounds, by name."),
    ])
  ) { call in
    [
      "methods": .strings(call.context.registry.methods.map(\.name)),
      "eventTypes": .strings(EventType.allCases.map(\.rawValue) + LiveEventType.allCases.map(\.rawValue)),
      "limits": [
        "frameBytes": .integer(JSONText.maximumByteCount), "frameDepth": .integer(JSONText.maximumDepth),
        "batch": .integer(RPCFrame.maximumBatch), "clientRefBytes": .integer(Method.maximumReferenceByteCount),
        "inFlightEvents": .integer(ConsumerState.mostInFlight), "textBytes": 49_152, "attachmentBytes": 4_294_967_296,
      ],
    ]
  }

  private static let health = Method(
    "system.health", "Says whether everything works, and what does not.", scope: .read,
    result: .object([
      .init("ok", .boolean, "Whether all checks are."),
      .init(
        "checks",
        .array(
          .object([
            .init("name", .text(), "What was looked at."), .init("ok", .boolean, "Whether it is well."),
            .optional("reason", .text(), "Why not."),
          ])), "Each of them."),
    ])
  ) { call in
    let isCopied = try await call.read { try $0.isCopied() }
    let connections = try await call.context.node.connections()
    let evidence = try await call.read { try $0.relayEvidence().count }
    func check(_ name: String, _ isWell: Bool, _ reason: String) -> JSONValue {
      .object(present: ["name": .string(name), "ok": .bool(isWell), "reason": isWell ? nil : .string(reason)])
    }
    let isConnected = connections.open == connections.all
    return [
      "ok": .bool(!isCopied && isConnected && evidence == 0),
      "checks": [
        check("store", true, ""), check("relay", isConnected, "not_connected"),
        check("copy", !isCopied, "vault_copied"), check("relay_honesty", evidence == 0, "relay_misbehaved"),
      ],
    ]
  }

  private static let stats = Method(
    "system.stats", "Counts what waits and what is kept.", scope: .read,
    result: .object([
      .init("queue", .integer(0 ... .max), "What has not reached a relay yet."),
      .init("events", .integer(0 ... .max), "Events that are kept."),
      .init("lastSeq", .text(), "The newest event."),
    ])
  ) { call in
    let queue = try await call.read { try $0.outboxCount() }
    let events = try call.context.vault.read { (try $0.eventCount(), try $0.greatestEventSeq()) }
    return ["queue": .integer(queue), "events": .integer(events.0), "lastSeq": .string(String(events.1))]
  }

  private static let discover = Method(
    "rpc.discover", "Returns the description of all methods, an OpenRPC 1.3 document.", scope: nil, result: .anyObject
  ) { call in OpenRPC.document(call.context.registry, version: call.context.software) }
}
