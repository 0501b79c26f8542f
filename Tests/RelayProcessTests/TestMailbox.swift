import Ambient
import ByteLayout
import Primitives
import ProcessSupport
import RelayClient
import RelayWire
import Verification

/// A mailbox key with one tag that admits for ever, and what its owner and its senders do.
final class TestMailbox: Sendable {
  let id: MailboxID
  let tag: AdmissionTag
  private let key: Ed25519SigningKey

  init() throws {
    key = try Ed25519SigningKey(from: try SystemRandomness())
    id = MailboxID(key.verifyingKey.bytes)
    tag = AdmissionTag(Self.random())
  }

  /// Unpredictable bytes for ids, tags and nonces of tests.
  static func random<let count: Int>() -> FixedBytes<count> {
    var bytes = FixedBytes<count>()
    for (index, byte) in SystemPublicRandomness().bytes(count).enumerated() { bytes[index] = byte }
    return bytes
  }

  /// 32 unpredictable bytes.
  static func random32() -> [UInt8] { SystemPublicRandomness().bytes(32) }

  /// A signed opening for the connection that said `hello`.
  func opening(
    _ hello: RelayHello, presented: Fence, next: FenceNonce, token: RegistrationToken? = nil
  ) throws -> OpenMailboxCommand {
    let body = RelayAuthentication.message(
      relayKey: hello.relayKey, challenge: hello.challenge, mailbox: id, generation: presented.generation,
      nonce: presented.nonce, nextNonce: next)
    return try OpenMailboxCommand(
      mailbox: id, presented: presented, nextNonce: next,
      signature: try key.signature(label: RelayAuthentication.label, body: body).bytes, registrationToken: token)
  }

  /// Opens the mailbox on `connection` with a fresh nonce.
  ///
  /// - Returns: the fence now in force.
  @discardableResult
  func open(
    _ connection: RelayConnection, presenting fence: Fence = .unopened, token: RegistrationToken? = nil
  ) async throws -> Fence {
    let next = FenceNonce(Self.random())
    let reply = try await connection.openMailbox(
      try opening(connection.hello, presented: fence, next: next, token: token))
    return Fence(generation: reply.generation, nonce: next)
  }

  /// Lets the tag put, fetch bundles and leave files, from the first day to the last.
  func admit(_ connection: RelayConnection, as admissionClass: AdmissionClass = .contact) async throws {
    try await connection.setAdmission(try admission(admissionClass))
  }

  /// What ``admit(_:as:)`` asks for.
  func admission(
    _ admissionClass: AdmissionClass = .contact, rights: AdmissionRights = [.put, .bundle, .blob]
  ) throws -> AdmissionChange {
    let body = AdmissionHash.body(mailbox: id, tag: tag)
    let entry = try AdmissionEntry(
      hash: AdmissionHash(ContentHash.labelled(AdmissionHash.label, body).prefix()), fromDay: 0, untilDay: .max,
      uses: 0,
      admissionClass: admissionClass, rights: rights)
    return try AdmissionChange(mailbox: id, add: [entry])
  }

  /// An envelope whose bytes repeat its id.
  func put(
    _ envelope: FixedBytes<16> = TestMailbox.random(), byteCount: Int = 1_024, retention: Retention = .month,
    isEphemeral: Bool = false
  ) throws -> PutCommand {
    PutCommand(
      mailbox: id, envelopeID: EnvelopeID(envelope), tag: tag,
      envelope: try Envelope([[UInt8]](repeating: envelope.array, count: byteCount / 16).flatMap { $0 }),
      retention: retention, deletionHash: DeletionHash(FixedBytes()), isEphemeral: isEphemeral)
  }

  /// Everything in the mailbox from `after` + 1 on, page by page.
  func fetchAll(_ connection: RelayConnection, after: UInt64 = 0, limit: Int = 500) async throws -> [StoredEnvelope] {
    var envelopes: [StoredEnvelope] = []
    var end = after
    while true {
      let page = try await connection.fetch(try FetchCommand(mailbox: id, after: end, limit: limit))
      for case .envelope(let envelope) in page.items { envelopes.append(envelope) }
      guard page.more else { return envelopes }
      end = page.end
    }
  }
}

extension RunningRelay {
  /// A fresh connection to this relay.
  func connect(
    expecting key: RelayKey? = nil, timeLimit: Duration = .seconds(30)
  ) async throws(RelayClientError) -> RelayConnection {
    // The relay's own words about where it listens.
    guard let address = try? RelayAddress(url: url) else { throw .unreachable }
    return try await RelayConnection.connect(to: address, expectedRelayKey: key, timeLimit: timeLimit)
  }

  /// A connection on which `mailbox` is open and admits its tag.
  func owner(of mailbox: TestMailbox) async throws -> RelayConnection {
    let connection = try await connect()
    try await mailbox.open(connection)
    try await mailbox.admit(connection)
    return connection
  }
}

/// The refusal that `body` meets, or nil.
func refusal(_ body: () async throws -> Void) async -> RelayRefusal? {
  do { try await body() } catch RelayClientError.refused(let refusal) { return refusal } catch { return nil }
  return nil
}
