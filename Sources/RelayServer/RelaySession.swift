import NIOCore
import RelayBlobs
import RelayCore
import RelayWire

/// What carries one session's frames to its client. Confined to the session's event loop.
protocol SessionTransport: AnyObject {
  /// Whether requests are still taken and pages still sent.
  var isServing: Bool { get }
  /// Whether the client keeps up with what is sent to it.
  var isWritable: Bool { get }
  /// Answers request `id`; 0 is what the relay says by itself.
  func send(_ event: RelayEvent, to id: UInt64)
  /// The store has answered something: less is there than before.
  func storeAnswered()
  /// A newer owner has a mailbox of this session: it must end.
  func endedByFence()
}

/// One client's session, whatever carries it: who it is, what it has asked, what of that is at the store.
///
/// Confined to its event loop; the store and the directory come back to it through ``ConnectionOwner``. Knows neither
/// WebSockets nor HTTP, and buffers nothing that it sends.
final class RelaySession {
  /// What all sessions of a relay share.
  struct Services: Sendable {
    let store: any MailboxStore
    /// nil: this relay keeps no files.
    let blobs: BlobStore?
    let directory: MailboxDirectory
    let info: RelayInfo
    /// nil: senders are not limited.
    let limits: SenderLimits?
    let metrics: RelayMetrics
  }

  let services: Services
  var machine: RelayConnection.StateMachine
  var pages = PageQueue()
  /// The timers of the fetches that wait, by their numbers in ``pages``.
  var waits: [Int: Scheduled<Void>] = [:]
  /// Single puts of the burst that is being read.
  var burst: [WaitingPut] = []
  /// Mailboxes that the directory knows to be open here.
  var registered: Set<MailboxID> = []
  private(set) weak var transport: (any SessionTransport)?
  /// Requests that the store has not answered yet.
  private(set) var requestsAtStore = 0
  /// Bytes of their frames.
  private(set) var bytesAtStore = 0

  /// This session's part of ``Services/limits``.
  private var bucket: TokenBucket?
  private var address: AddressPrefix?
  private var place: (loop: any EventLoop, owner: ConnectionOwner)?

  init(services: Services, challenge: RelayChallenge) {
    self.services = services
    machine = RelayConnection.StateMachine(challenge: challenge, info: services.info)
  }

  /// How the directory and the store reach this session; nil before it begins and once it is over.
  var owner: ConnectionOwner? { place?.owner }

  /// Whether nobody is there any more.
  var isOver: Bool { place == nil }

  // MARK: Life

  /// Begins to serve a client, on `eventLoop` alone.
  func begin(on eventLoop: any EventLoop, address: AddressPrefix?, transport: any SessionTransport) {
    place = (eventLoop, ConnectionOwner(session: self, eventLoop: eventLoop))
    self.address = address
    self.transport = transport
    bucket = services.limits?.connection()
  }

  /// The client is gone: what the store still answers is dropped.
  func end() {
    if let owner {
      for mailbox in registered { services.directory.closed(mailbox, by: owner) }
    }
    registered = []
    burst = []
    for wait in waits.values { wait.cancel() }
    waits = [:]
    place = nil
  }

  // MARK: Requests

  /// Carries out a request, or has it answered with a refusal. Single puts wait for ``submitBurst()``.
  ///
  /// - Parameter byteCount: what its frame takes, for the limit on what is at the store.
  func receive(_ command: Result<ClientCommand, WireError>, id: UInt64, byteCount: Int) {
    perform(machine.received(command), requestID: id, byteCount: byteCount)
  }

  /// - Returns: the refusal of a sender's command that comes too soon.
  func limit(_ command: SenderCommand) -> RelayRefusal? {
    guard let limits = services.limits, var bucket else { return nil }
    let refusal = limits.judge(command, connection: &bucket, address: address)
    self.bucket = bucket
    return refusal
  }

  /// - Returns: the refusal of a mailbox's first opening that comes too soon.
  func limitRegistration(_ command: OpenMailboxCommand) -> RelayRefusal? {
    guard command.presented == .unopened || command.presented == .takingOver else { return nil }
    return services.limits?.judgeRegistration(from: address)
  }

  /// Answers request `id`; 0 is what the relay says by itself.
  func send(_ event: RelayEvent, to id: UInt64) {
    services.metrics.count(event)
    transport?.send(event, to: id)
  }

  /// Runs `body` after `delay`, unless it is cancelled.
  func schedule(in delay: TimeAmount, _ body: @escaping () -> Void) -> Scheduled<Void>? {
    place?.loop.assumeIsolated().scheduleTask(in: delay, body)
  }

  // MARK: The store's answers

  /// Counts a request that goes to the store, and brings the store's answer back to the event loop.
  ///
  /// - Parameters:
  ///   - requests: how many requests it is, for the limit on what is at the store.
  ///   - first: called at once on the store's thread; must not block.
  ///   - finish: called on the event loop, even if the client is gone by then.
  func atStore<Value: Sendable>(
    requests: Int = 1, byteCount: Int, first: @escaping @Sendable (Result<Value, StoreError>) -> Void = { _ in },
    finish: @escaping @Sendable (RelaySession, Result<Value, StoreError>) -> Void
  ) -> @Sendable (Result<Value, StoreError>) -> Void {
    requestsAtStore += requests
    bytesAtStore += byteCount
    guard let owner else { return first }
    return { result in
      first(result)
      owner.execute { session in
        session.requestsAtStore -= requests
        session.bytesAtStore -= byteCount
        finish(session, result)
        session.transport?.storeAnswered()
      }
    }
  }
}
