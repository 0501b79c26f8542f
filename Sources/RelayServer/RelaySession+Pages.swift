import NIOCore
import RelayCore
import RelayWire

/// Sends pages, one at a time and only while the client keeps up.
extension RelaySession {
  func fetch(_ command: FetchCommand, _ id: UInt64) {
    guard let number = pages.fetch(command, requestID: id) else {
      return send(.refusal(.tooManyFetches), to: id)
    }
    if command.waitMilliseconds > 0 {
      waits[number] = schedule(in: .milliseconds(Int64(command.waitMilliseconds))) { [weak self] in
        guard let self else { return }
        waits[number] = nil
        pages.waitIsOver(number)
        drainPages()
      }
    }
    drainPages()
  }

  /// Answers every fetch that waits with what there is, even if that is nothing.
  func endWaits() {
    for (number, wait) in waits {
      wait.cancel()
      pages.waitIsOver(number)
    }
    waits = [:]
    drainPages()
  }

  /// Reads the next page that is wanted, if the client has read what it got.
  func drainPages() {
    guard let transport, transport.isServing, transport.isWritable, let read = pages.next() else { return }
    services.store.page(
      read.mailbox, after: read.after, limit: read.limit,
      completion: atStore(byteCount: 0) { session, result in
        session.finish(result)
        session.drainPages()
      })
  }

  private func finish(_ result: Result<MailboxPage, StoreError>) {
    switch result {
    case .success(let page):
      switch pages.finished(page) {
      case .answer(let id, let number):
        waits.removeValue(forKey: number)?.cancel()
        send(.page(page), to: id)
      case .push: send(.page(page), to: 0)
      case .nothing: break
      }
    case .failure(let error):
      if let id = pages.failed() { send(.refusal(RelayRefusal(error)), to: id) }
    }
  }

  // MARK: What others did

  func mailboxChanged(_ mailbox: MailboxID) {
    pages.changed(mailbox)
    drainPages()
  }

  /// Ephemeral envelopes are for subscribers who keep up; nobody else gets them, and nothing keeps them (R11).
  func deliver(_ delivery: EphemeralDelivery) {
    guard let transport, transport.isServing, transport.isWritable, pages.isSubscribed(delivery.mailbox) else { return }
    send(.ephemeral(delivery), to: 0)
  }

  /// A newer owner has the mailbox: says so, and ends the connection.
  func fencedOut(_ mailbox: MailboxID) {
    guard let event = machine.fencedOut(mailbox) else { return }
    forget(mailbox, refusing: .fenced)
    send(event, to: 0)
    transport?.endedByFence()
  }

  /// Refuses the fetches of a mailbox that is not open here any more.
  func forget(_ mailbox: MailboxID, refusing refusal: RelayRefusal) {
    for id in pages.forget(mailbox) { send(.refusal(refusal), to: id) }
    registered.remove(mailbox)
    if let owner { services.directory.closed(mailbox, by: owner) }
  }
}

extension RelayRefusal {
  static let tooManyFetches = RelayRefusal(
    .rateLimited, "At most \(PageQueue.maximumFetches) fetches may be unanswered on one connection.",
    retryAfterSeconds: 1)
}
