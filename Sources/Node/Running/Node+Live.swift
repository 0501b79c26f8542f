import Messaging
import RelayClient
import RelayWire

/// Ephemeral envelopes: they come to an owner that is connected and has subscribed, or to nobody (R11).
extension Node {
  /// Hears the owner's connections for as long as the task lives.
  func liveLoop() async throws {
    let bell = doorbell.listen()
    try await withThrowingDiscardingTaskGroup { group in
      while true {
        for mailbox in try messenger.homeMailboxes() {
          guard let connection = owners[mailbox.id], connection.isOpen, connection.isWebSocket,
            heard[mailbox.id] != ObjectIdentifier(connection)
          else { continue }
          heard[mailbox.id] = ObjectIdentifier(connection)
          group.addTask { try await self.hear(connection, mailbox) }
        }
        try await bell.wait()
      }
    }
  }

  /// Ends the connections that an earlier run has heard: what a relay pushes can be read once.
  func endHeardConnections() async {
    for (id, connection) in owners where heard[id] == ObjectIdentifier(connection) {
      owners[id] = nil
      await connection.close()
    }
    heard = [:]
  }

  private func hear(_ connection: RelayConnection, _ mailbox: HomeMailbox) async throws {
    do throws(RelayClientError) {
      // From behind the last envelope that there can be: pages are fetched, and only what is ephemeral is pushed.
      try await connection.subscribe(SubscribeCommand.ephemeralOnly(mailbox.mailbox))
    } catch {
      return  // The connection is lost, or will not have it: nothing that is kept depends on it.
    }
    for await push in connection.pushes {
      guard case .ephemeral(let delivery) = push,
        let event = try messenger.receiveEphemeral(delivery, mailbox: mailbox.id)
      else { continue }
      switch event {
      case .typing(let contact, let isTyping): live.tell(.typing(contact: contact, isTyping: isTyping))
      }
    }
  }
}
