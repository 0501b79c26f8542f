package import Ambient
import Dispatch
import GRDB
package import RelayCore
import RelayProofs
package import RelayWire

/// The embedded store: one SQLite file, `relay.sqlite`, in the data directory; needs no set-up (Protocol §2).
///
/// Writes go to one ``GroupCommitWriter``; pages are read on other connections meanwhile.
package final class SQLiteMailboxStore: MailboxStore {
  private let relayKey: RelayKey
  private let checkpoints: CheckpointSigner
  private let clock: any WallClock
  private let lock: DirectoryLock
  let database: StoreDatabase
  private let log: WriteAheadLog
  private let lazyWork: LazyWork
  let expiry: ExpiryTime
  private let quota: MailboxQuota
  private let requestWorkBits: UInt32
  private let patience: Duration
  private let registration: Registration
  private let writer: GroupCommitWriter

  /// Opens the store in `directory`, which is made if it is missing (its parent must exist).
  ///
  /// - Parameters:
  ///   - signer: the relay's key, which enters every mailbox's log (C7); the same for the life of the data.
  ///   - steadyClock: keeps a wrong wall clock from deleting in haste (``ExpiryClock``).
  /// - Throws: ``StoreError/inUse``, ``StoreError/unavailable``, ``StoreError/damaged`` also when commits would not be
  ///   durable, and ``StoreError/tokensUnreadable`` when new mailboxes need a token.
  package init(
    directory: String, signer: any RelaySigner, clock: any WallClock,
    steadyClock: any SteadyClock = SystemSteadyClock(), tuning: StoreTuning = StoreTuning()
  ) throws(StoreError) {
    relayKey = signer.relayKey
    checkpoints = CheckpointSigner(signer)
    self.clock = clock
    quota = tuning.quota
    patience = tuning.patience
    requestWorkBits = min(tuning.requestWorkBits, RequestWork.maximumBits)
    let tokens = RegistrationTokenFile(directory: directory)
    registration = Registration(mode: tuning.registration, tokens: tokens)
    lock = try DirectoryLock(directory: directory)
    // Said to the operator at the start rather than to everybody who comes.
    if tuning.registration == .token { _ = try tokens.read() }
    do {
      database = try StoreDatabase.open(directory: directory, tuning: tuning)
      log = try WriteAheadLog(database: database, path: StoreDatabase.path(in: directory), tuning: tuning)
      expiry = try ExpiryTime(database, wall: clock, steady: steadyClock)
      lazyWork = try LazyWork(database: database, tuning: tuning, expiry: expiry)
    } catch { throw StoreError(error) }
    writer = GroupCommitWriter(
      database: database, signer: signer, clock: clock, tuning: tuning, log: log, lazyWork: lazyWork)
    writer.wake()
  }

  // MARK: Writes

  package func open(
    _ mailbox: MailboxID, presented: Fence, nextNonce: FenceNonce, checkpoint: SignedCheckpoint?,
    registration token: RegistrationToken?, completion: @escaping Completion<OpenOutcome>
  ) {
    let (relayKey, expiry, registration) = (relayKey, expiry, registration)
    // Anybody's bytes until the signature is seen to be ours; verified here and not on the writer's thread.
    let own = checkpoint.flatMap { $0.isValid(relayKey: relayKey, mailbox: mailbox) ? $0.checkpoint : nil }
    submit(completion) { context in
      var known = try context.mailboxes.state(of: mailbox, context.database)
      if let own, presented.generation > 0,
        try EpochStart.isNeeded(own, known, relayKey: relayKey, context.database)
      {
        // Who takes over presents no fence of the past.
        let inForce = presented == .takingOver ? known?.fence ?? .unopened : presented
        var state =
          try known ?? MailboxState.create(mailbox, fence: inForce, relayKey: relayKey, context.database)
        try EpochStart.begin(
          after: own, &state, relayKey: relayKey, now: context.seconds,
          expiry: UInt64(clamping: expiry.now().seconds), context.database)
        state.fence = inForce
        context.mailboxes.change(state)
        known = state
      }
      let fence: Fence
      let wasRepeat: Bool
      switch FenceRules.judge(stored: known?.fence, presented: presented, next: nextNonce) {
      case .fenced: return .success(.fenced)
      case .accepted(let accepted): (fence, wasRepeat) = (accepted, false)
      case .repeated(let stored): (fence, wasRepeat) = (stored, true)
      case .present(let stored): (fence, wasRepeat) = (stored, false)
      }
      if known == nil, let refusal = try registration.register(token, now: context.seconds, context.database) {
        return .success(.notRegistered(refusal))
      }
      var state =
        try known ?? MailboxState.create(mailbox, fence: fence, relayKey: relayKey, context.database)
      if state.fence != fence {
        state.fence = fence
        context.mailboxes.change(state)
      }
      let reply = try OpenReply(
        generation: fence.generation, wasRepeat: wasRepeat, epoch: state.epoch, head: state.head,
        acknowledged: state.acknowledged, oneTimeLeft: PublishedTable.oneTimeLeft(at: state.row, context.database))
      return .success(.opened(reply, endsOthers: nextNonce != .none))
    }
  }

  package func setAdmission(_ change: AdmissionChange, completion: @escaping Completion<Void>) {
    submit(completion, weight: 1 + (change.add.count + change.remove.count) / 8) { context in
      guard let mailbox = try context.mailboxes.state(of: change.mailbox, context.database) else {
        return .failure(.noSuchMailbox)
      }
      return .success(try AdmissionTable.apply(change, to: mailbox.row, context.database))
    }
  }

  package func put(_ puts: [PutCommand], completion: @escaping Completion<[PutAnswer]>) {
    let (relayKey, bits, today) = (relayKey, requestWorkBits, clock.now().day)
    let prepared = puts.map { PreparedPut($0, relayKey: relayKey, workBits: bits, today: today) }
    let quota = quota
    writer.submit(
      WriteJob(
        weight: max(prepared.count, 1),
        perform: { context in
          var judged: [(outcome: PutOutcome, place: Int?, epoch: UInt32)] = []
          judged.reserveCapacity(prepared.count)
          for put in prepared {
            let outcome = try put.perform(&context, quota: quota)
            let place = put.addReceipt(for: outcome, to: &context.receipts)
            let mailbox = put.command.mailbox
            let epoch =
              place == nil ? 0 : try context.mailboxes.state(of: mailbox, context.database)?.epoch ?? 0
            judged.append((outcome, place, epoch))
          }
          return { [judged] receipts in
            completion(
              .success(
                judged.map { PutAnswer(outcome: $0.outcome, proof: receipts.proof(at: $0.place), epoch: $0.epoch) }))
          }
        },
        fail: { completion(.failure($0)) }))
  }

  package func acknowledge(_ command: AcknowledgeCommand, completion: @escaping Completion<Void>) {
    let (lazyWork, writer, isPatient) = (lazyWork, writer, patience > .zero)
    submit(
      { (result: Result<UInt64, StoreError>) in
        if case .success(let count) = result {
          lazyWork.acknowledged(command.mailbox, count: count) { writer.wake() }
        }
        completion(result.map { _ in })
      }, isPatient: isPatient
    ) { context in
      guard var mailbox = try context.mailboxes.state(of: command.mailbox, context.database) else {
        return .failure(.noSuchMailbox)
      }
      let before = mailbox.acknowledged
      try Acknowledgement.perform(command, &mailbox, context.database)
      context.mailboxes.change(mailbox)
      return .success(mailbox.acknowledged - before)
    }
  }

  package func publish(_ command: PublishCommand, completion: @escaping Completion<UInt32>) {
    submit(completion, weight: 1 + command.oneTime.count / 8) { context in
      guard let mailbox = try context.mailboxes.state(of: command.mailbox, context.database) else {
        return .failure(.noSuchMailbox)
      }
      try PublishedTable.publish(command, at: mailbox.row, context.database)
      return .success(try PublishedTable.oneTimeLeft(at: mailbox.row, context.database))
    }
  }

  package func fetchBundle(_ command: FetchBundleCommand, completion: @escaping Completion<BundleOutcome>) {
    let hash = AdmissionRules.hash(mailbox: command.mailbox, tag: command.tag)
    submit(completion) { context in
      let found = try context.statements.admission(hash, command.mailbox)
      guard AdmissionRules.admits(found?.state, to: .bundle, day: context.now.day), let found,
        let reply = try PublishedTable.take(from: found.mailbox, context.database)
      else { return .success(.notAdmitted) }
      try AdmissionTable.countUse(of: found, hash, context.database)
      return .success(.handedOut(reply))
    }
  }

  package func admitBlob(_ command: CreateBlobCommand, completion: @escaping Completion<BlobAdmission>) {
    let hash = AdmissionRules.hash(mailbox: command.mailbox, tag: command.tag)
    submit(completion) { context in
      let found = try context.statements.admission(hash, command.mailbox)
      guard AdmissionRules.admits(found?.state, to: .blob, day: context.now.day), let found else {
        return .success(.notAdmitted)
      }
      try AdmissionTable.countUse(of: found, hash, context.database)
      return .success(.admitted(entry: hash))
    }
  }

  package func retract(_ command: RetractCommand, completion: @escaping Completion<Void>) {
    let hash = SenderTokens.hash(command.token)
    let expiry = expiry
    submit(completion) { context in
      let now = UInt64(clamping: expiry.now().seconds)
      return .success(try Retraction.perform(command, hash: hash, now: now, &context))
    }
  }

  package func closeMailbox(_ mailbox: MailboxID, completion: @escaping Completion<Void>) {
    let lazyWork = lazyWork
    submit(
      { (result: Result<Void, StoreError>) in
        if case .success = result { lazyWork.closedMailbox() }
        completion(result)
      }
    ) { context in
      guard let state = try context.mailboxes.state(of: mailbox, context.database) else {
        return .failure(.noSuchMailbox)
      }
      let row = state.row.databaseValue
      for table in ["admission", "published", "one_time", "acknowledged_seq"] {
        try context.database.run("DELETE FROM \(table) WHERE mailbox = ?", row)
      }
      try context.database.run("DELETE FROM mailbox WHERE row = ?", row)
      try context.database.run("INSERT INTO closed_mailbox(row) VALUES (?)", row)
      context.mailboxes.remove(mailbox)
      return .success(())
    }
  }

  package func removeExpired(completion: @escaping Completion<Void>) {
    lazyWork.sweep(completion)
    writer.wake()
  }

  // MARK: Reads

  package func page(
    _ mailbox: MailboxID, after: UInt64, limit: Int, byteLimit: Int, completion: @escaping Completion<MailboxPage>
  ) {
    let (clock, expiry) = (clock, expiry)
    let (relayKey, checkpoints) = (relayKey, checkpoints)
    read(completion) { database in
      let reader = PageReader(
        relayKey: relayKey, checkpoints: checkpoints, mailbox: mailbox, after: after, limit: limit,
        byteLimit: byteLimit,
        now: UInt64(clamping: clock.now().seconds), expiry: UInt64(clamping: expiry.now().seconds))
      return try reader.read(database)
    }
  }

  package func receiptStatus(_ command: ReceiptStatusCommand, completion: @escaping Completion<[Bool]>) {
    let hashes = command.tokens.map { SenderTokens.hash($0) }
    let now = UInt64(clamping: clock.now().seconds)
    read(completion) { try CollectedTable.status(hashes, now: now, $0) }
  }

  package func oneTimeLeft(_ mailbox: MailboxID, completion: @escaping Completion<UInt32>) {
    read(completion) { database in
      guard let state = try MailboxState.fetch(mailbox, database) else { throw StoreError.noSuchMailbox }
      return try PublishedTable.oneTimeLeft(at: state.row, database)
    }
  }

  // MARK: State

  /// The time by which this store deletes (``ExpiryClock``).
  package var expiryClock: any WallClock { expiry }

  /// The `synchronous` of the connection that commits: 2 is FULL.
  package func synchronousSetting() throws(StoreError) -> Int {
    do {
      return try database.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") } ?? 0
    } catch { throw StoreError(error) }
  }

  package func shutDown(completion: @escaping @Sendable () -> Void) {
    writer.close()
    // Not on the writer's own queue, which closing waits for. `self` holds the directory until all is closed.
    DispatchQueue.global().async {
      // The drain that runs now finishes what waits. If closing fails, SQLite recovers from its log at the next start.
      try? self.database.pool.barrierWriteWithoutTransaction { self.log.empty($0) }  // SQLite recovers it
      try? self.database.checkpointer.close()
      try? self.database.pool.close()
      self.writer.finish()
      for completion in self.log.endErasures() { completion() }
      self.lazyWork.close()
      self.lock.release()
      completion()
    }
  }

  func submit<Value: Sendable>(
    _ completion: @escaping Completion<Value>, weight: Int = 1, isPatient: Bool = false,
    _ body: @escaping @Sendable (inout WriteContext) throws -> Result<Value, StoreError>
  ) {
    writer.submit(
      WriteJob(
        weight: weight, isPatient: isPatient,
        perform: { context in
          let result = try body(&context)
          return { _ in completion(result) }
        },
        fail: { completion(.failure($0)) }))
  }

  private func read<Value>(
    _ completion: @escaping Completion<Value>, _ body: @escaping @Sendable (Database) throws -> Value
  ) {
    database.pool.asyncRead { database in
      let result: Result<Value, StoreError>
      do { result = .success(try body(database.get())) } catch { result = .failure(StoreError(error)) }
      completion(result)
    }
  }
}
