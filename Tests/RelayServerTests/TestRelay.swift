import Ambient
import ByteLayout
import Crypto
import NIOWebSocket
import ProcessSupport
import RelayCore
import RelayServer
import RelayWire
import Synchronization
import Verification

/// A relay in this process: real store, real sockets on loopback.
struct TestRelay: Sendable {
  let host: String
  let port: Int
  let store: CountingStore
  let metrics: RelayMetrics

  /// Serves while `body` runs, then ends in order.
  static func serve<Result: Sendable>(
    limits: RateLimits? = nil, steadyClock: any SteadyClock = SystemSteadyClock(),
    listeningOn address: String = "127.0.0.1",
    operation change: (inout RelayOperation) -> Void = { _ in },
    _ body: @escaping @Sendable (TestRelay) async throws -> Result
  ) async throws -> Result {
    let folder = try TemporaryFolder()
    let data = try RelayData(folder: folder.path(of: "data"), clock: SystemWallClock())
    let store = CountingStore(data.store)
    var operation = RelayOperation()
    change(&operation)
    let (ready, whenReady) = AsyncStream<ListenAddress>.makeStream()
    let server = RelayServer(
      listeningOn: try ListenAddress("\(address):0", protection: .insecure), store: store, blobs: data.blobs,
      relayKey: data.relayKey, software: "test",
      randomness: SystemPublicRandomness(), limits: limits, steadyClock: steadyClock,
      operation: operation
    ) { whenReady.yield($0) }
    let metrics = operation.metrics
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      var addresses = ready.makeAsyncIterator()
      guard let listening = await addresses.next() else { throw ProcessFailure.unexpectedOutput("not listening") }
      let result = try await body(TestRelay(host: address, port: listening.port, store: store, metrics: metrics))
      group.cancelAll()
      try await group.waitForAll()
      return result
    }
  }

  /// A WebSocket on which Hello has been read.
  func connect() async throws -> (socket: TestSocket, hello: RelayHello) {
    let socket = try await TestSocket.connect(host: host, port: port)
    let frame = try FrameCodec.decodeFrame(try await socket.next(.binary))
    guard case .hello(let hello) = frame.event else { throw ProcessFailure.unexpectedOutput("no hello") }
    return (socket, hello)
  }
}

/// A mailbox key, for openings that verify.
struct TestOwner: Sendable {
  let id: MailboxID
  private let key: Curve25519.Signing.PrivateKey

  init() throws {
    key = Curve25519.Signing.PrivateKey()
    id = MailboxID(try FixedBytes<32>(key.publicKey.rawRepresentation))
  }

  /// The first opening, with a fence of its own.
  func opening(_ hello: RelayHello) throws -> OpenMailboxCommand {
    try opening(hello, presenting: .unopened, next: FenceNonce(FixedBytes<16>(SystemPublicRandomness().bytes(16))))
  }

  /// The first opening, after which ``reopening(_:)`` may follow.
  func firstOpening(_ hello: RelayHello) throws -> OpenMailboxCommand {
    try opening(hello, presenting: .unopened, next: nonce(1))
  }

  /// The second opening.
  func reopening(_ hello: RelayHello) throws -> OpenMailboxCommand {
    try opening(hello, presenting: Fence(generation: 1, nonce: nonce(1)), next: nonce(2))
  }

  private func nonce(_ number: UInt8) throws -> FenceNonce {
    FenceNonce(try FixedBytes<16>([UInt8](repeating: number, count: 16)))
  }

  private func opening(_ hello: RelayHello, presenting fence: Fence, next: FenceNonce) throws -> OpenMailboxCommand {
    let body = RelayAuthentication.message(
      relayKey: hello.relayKey, challenge: hello.challenge, mailbox: id, generation: fence.generation,
      nonce: fence.nonce, nextNonce: next)
    let signature = try key.signature(for: SignedMessage.bytes(label: RelayAuthentication.label, body: body))
    return try OpenMailboxCommand(
      mailbox: id, presented: fence, nextNonce: next, signature: try FixedBytes<64>(signature))
  }

  /// An entry that lets `tag` put for ever.
  func admission(_ tag: AdmissionTag) throws -> AdmissionChange {
    let hash = ContentHash.labelled(AdmissionHash.label, AdmissionHash.body(mailbox: id, tag: tag))
    return try AdmissionChange(
      mailbox: id,
      add: [
        try AdmissionEntry(
          hash: AdmissionHash(hash.prefix()), fromDay: 0, untilDay: .max, uses: 0, admissionClass: .contact,
          rights: .put)
      ])
  }

  func put(_ number: Int, tag: AdmissionTag, byteCount: Int = 1_024) throws -> PutCommand {
    var id = FixedBytes<16>()
    for index in 0..<8 { id[index] = UInt8(truncatingIfNeeded: number >> (index * 8)) }
    return PutCommand(
      mailbox: self.id, envelopeID: EnvelopeID(id), tag: tag,
      envelope: try Envelope([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: byteCount)),
      retention: .day, deletionHash: DeletionHash(FixedBytes()))
  }
}

/// The real store, with a count of the pages that were read from it.
final class CountingStore: MailboxStore {
  private let store: any MailboxStore
  private let pages = Mutex(0)

  init(_ store: any MailboxStore) { self.store = store }

  var pagesRead: Int { pages.withLock { $0 } }

  /// Puts without a network.
  func fill(_ puts: [PutCommand]) async {
    await withCheckedContinuation { continuation in store.put(puts) { _ in continuation.resume() } }
  }

  func page(
    _ mailbox: MailboxID, after: UInt64, limit: Int, byteLimit: Int, completion: @escaping Completion<MailboxPage>
  ) {
    pages.withLock { $0 += 1 }
    store.page(mailbox, after: after, limit: limit, byteLimit: byteLimit, completion: completion)
  }

  func open(
    _ mailbox: MailboxID, presented: Fence, nextNonce: FenceNonce, checkpoint: SignedCheckpoint?,
    registration: RegistrationToken?, completion: @escaping Completion<OpenOutcome>
  ) {
    store.open(
      mailbox, presented: presented, nextNonce: nextNonce, checkpoint: checkpoint, registration: registration,
      completion: completion)
  }
  func setAdmission(_ change: AdmissionChange, completion: @escaping Completion<Void>) {
    store.setAdmission(change, completion: completion)
  }
  func put(_ puts: [PutCommand], completion: @escaping Completion<[PutAnswer]>) {
    store.put(puts, completion: completion)
  }
  func acknowledge(_ command: AcknowledgeCommand, completion: @escaping Completion<Void>) {
    store.acknowledge(command, completion: completion)
  }
  func publish(_ command: PublishCommand, completion: @escaping Completion<UInt32>) {
    store.publish(command, completion: completion)
  }
  func fetchBundle(_ command: FetchBundleCommand, completion: @escaping Completion<BundleOutcome>) {
    store.fetchBundle(command, completion: completion)
  }
  func admitBlob(_ command: CreateBlobCommand, completion: @escaping Completion<BlobAdmission>) {
    store.admitBlob(command, completion: completion)
  }
  func retract(_ command: RetractCommand, completion: @escaping Completion<Void>) {
    store.retract(command, completion: completion)
  }
  func receiptStatus(_ command: ReceiptStatusCommand, completion: @escaping Completion<[Bool]>) {
    store.receiptStatus(command, completion: completion)
  }
  func closeMailbox(_ mailbox: MailboxID, completion: @escaping Completion<Void>) {
    store.closeMailbox(mailbox, completion: completion)
  }
  func oneTimeLeft(_ mailbox: MailboxID, completion: @escaping Completion<UInt32>) {
    store.oneTimeLeft(mailbox, completion: completion)
  }
  func removeExpired(completion: @escaping Completion<Void>) { store.removeExpired(completion: completion) }
  func shutDown(completion: @escaping @Sendable () -> Void) { store.shutDown(completion: completion) }
}
