import Node

/// The events of one reader as a stream of text, Server-Sent Events: `id`, `event` and `data` for each, and a comment now and
/// then, so that both sides notice when the other has gone.
package struct EventStream: Sendable {
  /// How a reader is to wait before it comes back, in ms.
  private static let retryMilliseconds = 2_000
  /// Events that are joined with their content before they are written.
  private static let batch = 50

  private let hub: EventHub
  private let key: EventHub.Key
  private let generation: Int
  private let maxInFlight: Int
  private let acknowledges: Bool

  /// What a request for a stream may say.
  private static let parameters: [Schema.Property] = [
    EventMethods.consumer, EventMethods.from, EventMethods.types, EventMethods.chats,
    .optional("ack", .choice(["manual", "auto"]), "auto without it."),
    .optional("maxInFlight", .integer(1...Int64(ConsumerState.mostInFlight)), "1000 without it."),
  ]

  /// Begins a reader's stream; an earlier one of the same reader ends.
  ///
  /// - Parameters:
  ///   - query: the names and texts of the request; lists are separated by commas.
  ///   - lastEventID: what the reader has done already, if it says so.
  /// - Throws: ``InterfaceError``.
  package static func open(
    _ query: [(name: String, text: String)], lastEventID: String?, caller: Caller, context: InterfaceContext
  ) async throws -> EventStream {
    guard caller.scopes.contains(.events) else {
      throw InterfaceError(.forbidden, "This needs the scope events.", details: ["scope": "events"])
    }
    try context.limits.count(caller, sendingTo: nil)
    let call = Call(
      context: context, caller: caller, session: nil, parameters: try values(query), reference: nil)
    let key = try EventMethods.key(call)
    let acknowledges = call.optionalText("ack") != "manual"
    let maxInFlight = Int(call.integer("maxInFlight") ?? Int64(ConsumerState.mostInFlight))
    var start = try EventMethods.start(call)
    if acknowledges, let lastEventID, !lastEventID.isEmpty {
      guard let seq = Int64(lastEventID), seq >= 0 else {
        throw InterfaceError.parameter("Last-Event-ID", expected: "an id that was given")
      }
      start = .resumedAfter(seq)
    }
    let begun = try await context.events.begin(
      key, from: start, filter: try EventMethods.filter(call), maxInFlight: maxInFlight)
    return EventStream(
      hub: context.events, key: key, generation: begun.generation, maxInFlight: maxInFlight, acknowledges: acknowledges)
  }

  private static func values(_ query: [(name: String, text: String)]) throws(InterfaceError) -> [String: JSONValue] {
    var values: [String: JSONValue] = [:]
    for (name, text) in query {
      guard values[name] == nil else { throw .parameter(name, expected: "given once") }
      values[name] =
        switch name {
        case "types", "chats": .strings(text.split(separator: ",").map(String.init))
        case "maxInFlight": Int64(text).map { .integer($0) } ?? .string(text)
        default: .string(text)
        }
    }
    try Schema.validate(values, parameters, at: "")
    return values
  }

  /// Writes until the reader has gone, or another of its name has come.
  ///
  /// With `auto`, an event counts as done when the reader comes back with its id or a later one, and otherwise when the
  /// connection has stood two heartbeats longer: so what was on its way when a connection broke can still be told again.
  /// - Parameters:
  ///   - heartbeat: after so long without an event a comment is written.
  ///   - write: returns when there is room for more.
  /// - Throws: what `write` and the vault throw.
  @concurrent package func run(
    heartbeat: Duration, write: @concurrent ([UInt8]) async throws -> Void
  ) async throws {
    do { try await tell(heartbeat, write) } catch {
      try await hub.end(key, generation: generation)
      throw error
    }
  }

  @concurrent private func tell(
    _ heartbeat: Duration, _ write: @concurrent ([UInt8]) async throws -> Void
  ) async throws {
    let clock = ContinuousClock()
    let bell = hub.bell.listen()
    var written: [(seq: Int64, at: ContinuousClock.Instant)] = []
    try await write([UInt8]("retry: \(Self.retryMilliseconds)\n\n".utf8))
    var lastWrite = clock.now
    while let events = try await hub.next(key, generation: generation, limit: Self.batch) {
      for event in events {
        try await write(Self.frame(event))
        lastWrite = clock.now
        if let seq = event["seq"]?.string.flatMap({ Int64($0) }) { written.append((seq, lastWrite)) }
      }
      for event in await hub.takeLive(key, generation: generation) {
        try await write(Self.frame(event))
        lastWrite = clock.now
      }
      if acknowledges { try await acknowledge(&written, olderThan: clock.now - heartbeat * 2) }
      guard events.isEmpty else { continue }
      let left = clock.now.duration(to: lastWrite + heartbeat)
      if left > .zero {
        let pause = await hub.pause(of: key)
        try await bell.wait(for: min(left, pause ?? left))
      } else {
        try await write([UInt8](":\n\n".utf8))
        lastWrite = clock.now
      }
    }
  }

  private func acknowledge(
    _ written: inout [(seq: Int64, at: ContinuousClock.Instant)], olderThan time: ContinuousClock.Instant
  ) async throws {
    var count = written.prefix { $0.at <= time }.count
    // A reader that keeps up is not held up by what may still be on its way.
    if written.count >= maxInFlight { count = max(count, (maxInFlight + 1) / 2) }
    guard count > 0 else { return }
    try await hub.acknowledge(key, upTo: written[count - 1].seq)
    written.removeFirst(count)
  }

  private static func frame(_ event: JSONValue) -> [UInt8] {
    // What is told at this moment only has no seq, and moves nothing on.
    let id = event["seq"]?.string.map { "id: \($0)\n" } ?? ""
    let head = "\(id)event: \(event["type"]?.string ?? "")\ndata: "
    // JSON on one line: no line feed is in it that is not escaped.
    return [UInt8](head.utf8) + JSONText.bytes(event) + [UInt8]("\n\n".utf8)
  }
}
