import Ambient
import Messaging
import Node

/// What is told at this moment only: to the readers that are there and have named its type.
extension EventHub {
  /// Events of this kind that wait for one reader; then the oldest are dropped.
  private static let mostWaiting = 64

  /// Tells what happens, for as long as the task lives.
  nonisolated func forwardLive() async throws {
    var pace = TransferPace()
    for await event in node.live.listen() {
      if case .transfer(let progress) = event, !pace.admits(progress, at: .now) { continue }
      guard await hasLiveReaders else { continue }
      guard let envelope = try await node.withMessenger({ try LiveEnvelope(event, $0) }) else { continue }
      try await tell(envelope)
    }
    try Task.checkCancellation()
  }

  private var hasLiveReaders: Bool { entries.values.contains { $0.isRead && $0.filter.namesLive } }

  private func tell(_ envelope: LiveEnvelope) async throws {
    let json = envelope.json(account: try await ownAccount(), at: clock.now().milliseconds)
    for (key, entry) in entries where entry.isRead && entry.filter.wants(envelope) {
      var entry = entry
      entry.live.append(json)
      if entry.live.count > Self.mostWaiting { entry.live.removeFirst() }
      entries[key] = entry
    }
    bell.ring()
  }

  /// What has happened since the reader asked last.
  func takeLive(_ key: Key, generation: Int) -> [JSONValue] {
    guard let entry = entries[key], entry.generation == generation, !entry.live.isEmpty else { return [] }
    entries[key]?.live = []
    return entry.live
  }
}

extension EventFilter {
  /// Whether types are named that are told at this moment only. Who names no types does not get them: they have no seq.
  var namesLive: Bool { LiveEventType.allCases.contains { names($0.rawValue) } }

  /// Whether nothing else is named: then there is nothing to remember of the reader.
  var isLiveOnly: Bool {
    !types.isEmpty && types.allSatisfy { LiveEventType(rawValue: $0) != nil }
  }

  func wants(_ envelope: LiveEnvelope) -> Bool {
    guard chats.isEmpty || envelope.chat.map(chats.contains) == true else { return false }
    return names(envelope.type.rawValue)
  }

  /// Whether a type is named, or the beginning of it.
  func names(_ type: String) -> Bool {
    types.contains { $0 == type || $0.hasSuffix(".*") && type.hasPrefix($0.dropLast()) }
  }
}
