import Ambient
import ByteLayout
import Primitives
import RelayWire
import Verification

/// The mailboxes of a relay under test: each has one tag that admits without limit, and can be opened again.
struct LoadMailboxes {
  /// A class because a key has one owner.
  private final class Mailbox {
    let key: Ed25519SigningKey
    let tag: AdmissionTag
    let fence: Fence

    var id: MailboxID { MailboxID(key.verifyingKey.bytes) }

    init(_ randomness: SystemRandomness) throws {
      key = try Ed25519SigningKey(from: randomness)
      tag = AdmissionTag(randomness.fixed())
      fence = Fence(generation: 1, nonce: FenceNonce(randomness.fixed()))
    }
  }

  let port: Int
  private let mailboxes: [Mailbox]

  var count: Int { mailboxes.count }
  var ids: [MailboxID] { mailboxes.map(\.id) }

  /// Makes `count` mailboxes at the relay.
  init(port: Int, count: Int) throws {
    let randomness = try SystemRandomness()
    self.port = port
    let owners = LoadConnections()
    mailboxes = try (0..<count).map { index in
      let hello = try owners.connectAndGreet(port: port)
      let mailbox = try Mailbox(randomness)
      try Self.open(mailbox, presented: .unopened, next: mailbox.fence.nonce, hello, owners, index)
      let hash = ContentHash.labelled(AdmissionHash.label, AdmissionHash.body(mailbox: mailbox.id, tag: mailbox.tag))
      let entry = try AdmissionEntry(
        hash: AdmissionHash(hash.prefix()), fromDay: 0, untilDay: .max, uses: 0, admissionClass: .contact, rights: .put)
      _ = try owners.ask(
        .owner(.setAdmission(try AdmissionChange(mailbox: mailbox.id, add: [entry]))), on: index)
      return mailbox
    }
  }

  /// The frame of a put for each mailbox.
  func frames() throws -> [LoadFrame] { try mailboxes.map { try LoadFrame(mailbox: $0.id, tag: $0.tag) } }

  /// Connects the owner of every mailbox, each on a connection of its own, at the mailbox's index.
  func owners() throws -> LoadConnections {
    let owners = LoadConnections()
    for (index, mailbox) in mailboxes.enumerated() {
      let hello = try owners.connectAndGreet(port: port)
      try Self.open(mailbox, presented: mailbox.fence, next: .none, hello, owners, index)
    }
    return owners
  }

  private static func open(
    _ mailbox: Mailbox, presented: Fence, next: FenceNonce, _ hello: RelayHello, _ owners: LoadConnections,
    _ index: Int
  ) throws {
    let body = RelayAuthentication.message(
      relayKey: hello.relayKey, challenge: hello.challenge, mailbox: mailbox.id, generation: presented.generation,
      nonce: presented.nonce, nextNonce: next)
    let command = try OpenMailboxCommand(
      mailbox: mailbox.id, presented: presented, nextNonce: next,
      signature: try mailbox.key.signature(label: RelayAuthentication.label, body: body).bytes)
    _ = try owners.ask(.owner(.openMailbox(command)), on: index)
  }
}
