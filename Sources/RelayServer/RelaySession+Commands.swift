import NIOCore
import RelayBlobs
import RelayCore
import RelayWire

/// A single put that waits for the end of the burst of reads in which it came.
struct WaitingPut: Sendable {
  let id: UInt64
  let command: PutCommand
  let byteCount: Int
}

/// Carries out what the state machine decided.
extension RelaySession {
  /// - Parameter byteCount: what the request's frame takes, for the limit on what is at the store.
  func perform(_ action: RelayConnection.StateMachine.Action, requestID id: UInt64, byteCount: Int) {
    if case .forward(let command) = action, let refusal = limit(command) {
      return send(.refusal(refusal), to: id)
    }
    if case .forward(.put(let command)) = action {
      return burst.append(WaitingPut(id: id, command: command, byteCount: byteCount))
    }
    submitBurst()
    switch action {
    case .answer(let event): send(event, to: id)
    case .open(let command): open(command, id, byteCount)
    case .perform(let command): perform(command, id, byteCount)
    case .forward(.put): break  // Waits for the end of its burst.
    case .forward(.putBatch(let commands)):
      put(commands, byteCount) {
        $0.send(.putBatchResult($1), to: id)
      } refused: {
        $0.send(.refusal($1), to: id)
      }
    case .forward(.fetchBundle(let command)):
      services.store.fetchBundle(command, completion: answering(id, byteCount) { $0.event })
    case .forward(.createBlob(let command)): createBlob(command, id, byteCount)
    case .forward(.retract(let command)):
      services.store.retract(command, completion: answering(id, byteCount) { .done })
    case .forward(.receiptStatus(let command)):
      services.store.receiptStatus(command, completion: answering(id, byteCount) { .receiptStatus($0) })
    }
  }

  // MARK: Sender

  /// Hands the single puts of a burst of reads to the store together, each judged for itself: one way there and back,
  /// and one flush for all their answers.
  func submitBurst() {
    while !burst.isEmpty {
      let puts = Array(burst.prefix(WireLimits.maximumPuts))
      burst.removeFirst(puts.count)
      put(puts.map(\.command), puts.reduce(0) { $0 + $1.byteCount }) { session, results in
        for (put, result) in zip(puts, results) { session.send(result.event, to: put.id) }
      } refused: { session, refusal in
        for put in puts { session.send(.refusal(refusal), to: put.id) }
      }
    }
  }

  private func put(
    _ commands: [PutCommand], _ byteCount: Int,
    answer: @escaping @Sendable (RelaySession, [PutResult]) -> Void,
    refused: @escaping @Sendable (RelaySession, RelayRefusal) -> Void
  ) {
    let (directory, metrics) = (services.directory, services.metrics)
    services.store.put(
      commands,
      completion: atStore(requests: commands.count, byteCount: byteCount) { result in
        guard case .success(let answers) = result else { return metrics.count(put: .failed, commands.count) }
        for (command, put) in zip(commands, answers) {
          metrics.count(put.outcome)
          switch put.outcome {
          case .stored: directory.changed(command.mailbox)
          case .acceptedEphemeral:
            directory.deliver(
              EphemeralDelivery(
                mailbox: command.mailbox, envelopeID: command.envelopeID, envelope: command.envelope))
          case .repeated, .conflict, .notAdmitted, .overQuota, .workNeeded: break
          }
        }
      } finish: { session, result in
        switch result {
        case .success(let answers):
          answer(session, zip(commands, answers).map { PutResult($1, envelopeID: $0.envelopeID) })
        case .failure(let error): refused(session, RelayRefusal(error))
        }
      })
  }

  private func createBlob(_ command: CreateBlobCommand, _ id: UInt64, _ byteCount: Int) {
    let blobs = services.blobs
    services.store.admitBlob(
      command,
      completion: answering(id, byteCount) { outcome in
        switch outcome {
        case .notAdmitted: return .refusal(.notAdmitted)
        case .admitted(let entry):
          do throws(BlobStoreError) {
            guard let grant = try blobs?.grant(command, entry: entry) else { return .refusal(.fileTooLarge) }
            return .blobGrant(grant)
          } catch {
            return switch error {
            case .tooLarge: .refusal(.fileTooLarge)
            case .overQuota: .refusal(.overQuota)
            case .unknown, .otherOffset, .superseded, .unavailable: .refusal(.unavailable)
            }
          }
        }
      })
  }

  // MARK: Owner

  private func open(_ command: OpenMailboxCommand, _ id: UInt64, _ byteCount: Int) {
    if let refusal = limitRegistration(command) {
      machine.openingRefused()
      return send(.refusal(refusal), to: id)
    }
    guard let owner else { return }
    let (directory, mailbox) = (services.directory, command.mailbox)
    services.store.open(
      mailbox, presented: command.presented, nextNonce: command.nextNonce, checkpoint: command.checkpoint,
      registration: command.registrationToken,
      completion: atStore(byteCount: byteCount) { result in
        // On the store's thread, so that openings reach the directory in the order in which the fence moved.
        guard case .success(.opened(_, let endsOthers)) = result else { return }
        directory.opened(mailbox, by: owner, endsOthers: endsOthers)
      } finish: { session, result in
        let event = session.machine.openFinished(mailbox, outcome: result)
        if session.isOver {
          directory.closed(mailbox, by: owner)
        } else if case .opened = event {
          session.registered.insert(mailbox)
        }
        session.send(event, to: id)
      })
  }

  private func perform(_ command: OwnerCommand, _ id: UInt64, _ byteCount: Int) {
    switch command {
    case .openMailbox: break  // Its action is `open`.
    case .setAdmission(let change):
      services.store.setAdmission(change, completion: answering(id, byteCount) { .done })
    case .acknowledge(let command):
      services.store.acknowledge(command, completion: answering(id, byteCount) { .done })
    case .publish(let command):
      services.store.publish(command, completion: answering(id, byteCount) { .published(oneTimeLeft: $0) })
    case .closeMailbox(let mailbox):
      services.store.closeMailbox(
        mailbox,
        completion: atStore(byteCount: byteCount) { session, result in
          switch result {
          case .success:
            session.machine.closed(mailbox)
            session.forget(mailbox, refusing: .notOpened)
            session.send(.done, to: id)
          case .failure(let error): session.send(.refusal(RelayRefusal(error)), to: id)
          }
        })
    case .fetch(let command):
      services.metrics.count(.fetches)
      fetch(command, id)
    case .subscribe(let command):
      send(.done, to: id)
      pages.subscribe(command.mailbox, after: command.after)
      drainPages()
    }
  }

  /// Sends what the store says as the answer to request `id`.
  private func answering<Value: Sendable>(
    _ id: UInt64, _ byteCount: Int, _ event: @escaping @Sendable (Value) -> RelayEvent
  ) -> @Sendable (Result<Value, StoreError>) -> Void {
    atStore(byteCount: byteCount) { session, result in
      switch result {
      case .success(let value): session.send(event(value), to: id)
      case .failure(let error): session.send(.refusal(RelayRefusal(error)), to: id)
      }
    }
  }
}
