import Node

/// Tells one connection the events of one consumer, for as long as it is the one that reads.
struct EventPump: Sendable {
  /// Events that are joined with their content before they are written.
  private static let batch = 50

  let hub: EventHub
  let session: InterfaceSession
  let key: EventHub.Key
  let generation: Int
  /// Whether what was written counts as done.
  let acknowledges: Bool

  /// Returns when the connection is gone, or another one reads.
  func run() async {
    let bell = hub.bell.listen()
    do {
      while let events = try await hub.next(key, generation: generation, limit: Self.batch) {
        for event in events {
          // Waits while the connection takes nothing.
          try await session.notify("event", ["consumer": .string(key.name), "event": event])
        }
        if acknowledges, let last = events.last?["seq"]?.string.flatMap({ Int64($0) }) {
          try await hub.acknowledge(key, upTo: last)
        }
        for event in await hub.takeLive(key, generation: generation) {
          try await session.notify("event", ["consumer": .string(key.name), "event": event])
        }
        if events.isEmpty { try await bell.wait(for: await hub.pause(of: key)) }
      }
    } catch {
      // The connection is gone, or the vault: what was not acknowledged is told to the next one.
    }
    // What fails is the note of how far it has come: the next reader is told from the last acknowledgement that is on disk.
    try? await hub.end(key, generation: generation)
  }
}
