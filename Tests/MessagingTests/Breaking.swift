import Ambient
import ByteLayout
import KeyAgreement
import Messaging
import Primitives
import RelaySupport
import RelayWire
import SealedSender
import SecretMemory
import TestSupport
import Vault

/// Ways in which the world breaks what two nodes have.
extension Party {
  /// Everything that waits for `recipient` is lost at its relay, as if it had never been stored; both sides think otherwise.
  ///
  /// - Returns: how many.
  @discardableResult
  func loseWaiting(for recipient: Party, _ isLost: (Int) -> Bool = { _ in true }) throws -> Int {
    let waiting = try recipient.waiting()
    let mailbox = try recipient.mailbox.mailbox
    var lost = 0
    try withVault { vault in
      try vault.read { transaction in
        guard let tokenKey = try transaction.deviceSecret(DeviceSecret(rawValue: 2)) else { return }
        for (index, stored) in waiting.enumerated() where isLost(index) {
          let token = try DeletionTokens.deletionToken(
            tokenKey: tokenKey, mailbox: mailbox.bytes, envelopeID: stored.envelopeID.bytes)
          try recipient.relay.retract(
            RetractCommand(mailbox: mailbox, envelopeID: stored.envelopeID, token: DeletionToken(token)))
          lost += 1
        }
      }
    }
    return lost
  }

  /// The ratchets of all sessions with a contact, as they are now.
  func sessionStates(with name: String) throws -> SavedSessions {
    let contact = try core.contact(named: name).id
    let saved = SavedSessions()
    try withVault { vault in
      try vault.read { transaction in
        for device in try transaction.peerDevices(contactID: contact) {
          for session in try transaction.sessions(peerDeviceID: device.id) {
            saved.states[session.id] = SavedSessions.State(try transaction.sessionArchive(id: session.id))
          }
        }
      }
    }
    return saved
  }

  /// Puts old ratchets in place: what a damaged disk might do, and what no session survives.
  func setSessions(_ saved: SavedSessions) throws {
    try withVault { vault in
      try vault.write { transaction in
        for (id, state) in saved.states { try transaction.setSessionArchive(state.archive, id: id) }
      }
    }
  }

  /// Puts the ratchet of the session with another contact in the place of those with this one: nothing opens any more.
  func breakSessions(with name: String, using other: String) throws {
    let (broken, others) = (try sessionStates(with: name), try sessionStates(with: other))
    broken.states = broken.states.compactMapValues { _ in others.states.values.first }
    try setSessions(broken)
  }

  /// Puts a message into quarantine as if it had come without the session start in front of it.
  func quarantine(withoutStart stored: StoredEnvelope, from name: String) throws {
    let contact = try core.contact(named: name).id
    let mailbox = try mailbox.mailbox
    try withVault { vault in
      try vault.write { transaction in
        guard let device = try transaction.peerDevices(contactID: contact).first,
          let inside = try self.body(of: stored, at: mailbox, transaction)
        else { return }
        var reader = LayoutReader(inside)
        _ = try SessionStart(reading: &reader)
        let payload = [UInt8](reader.rest())
        let message = try SessionMessage.parse(payload[...])
        var body = LayoutWriter()
        body.uint8(EnvelopeKind.sessionMessage.rawValue)
        body.uint64(stored.storedAt)
        body.append(payload)
        try transaction.insertQuarantine(
          QuarantineRecord(
            peerDeviceID: device.id, sessionHash: transaction.lookup(label: "session", message.sessionID.array),
            messageHash: FixedBytes(), at: clock.now().seconds, body: body.bytes))
      }
    }
  }

  /// The session start in front of a message that waits at the relay.
  func start(of stored: StoredEnvelope, at mailbox: MailboxID, _ transaction: VaultTransaction) throws -> SessionStart?
  {
    guard let body = try body(of: stored, at: mailbox, transaction) else { return nil }
    var reader = LayoutReader(body)
    return try SessionStart(reading: &reader)
  }

  /// What a message that waits at the relay carries inside its sealed layer.
  func body(of stored: StoredEnvelope, at mailbox: MailboxID, _ transaction: VaultTransaction) throws -> [UInt8]? {
    guard
      let archive = try transaction.sealingKeyPrivate(sealID: try SealedEnvelope.sealID(of: stored.envelope.bytes))
    else { return nil }
    let pair = try X25519KeyPair(scalar: archive.slice(0..<32))
    let opened = try SealedEnvelope.openSender(
      stored.envelope.bytes, mailbox: mailbox.bytes, envelopeID: stored.envelopeID.bytes, sealingKeyPair: pair,
      sealSecret: SealingSecret(archive.slice(32..<64)))
    return try opened.openBody(sealingKeyPair: pair)
  }

  /// The device of a contact as the vault has it, and how many messages of it are in quarantine.
  func peer(_ name: String) throws -> (record: PeerDeviceRecord?, quarantined: Int) {
    let contact = try core.contact(named: name).id
    var result: (record: PeerDeviceRecord?, quarantined: Int) = (nil, 0)
    try withVault { vault in
      result = try vault.read { transaction in
        guard let device = try transaction.peerDevices(contactID: contact).first else { return (nil, 0) }
        return (device, try transaction.quarantineCount(peerDeviceID: device.id))
      }
    }
    return result
  }

  /// How many events of a kind there are, and how many things they tell of.
  func events(_ kind: EventKind) throws -> (count: Int, total: Int) {
    let found = try core.events(after: 0, limit: 100_000).filter { $0.kind == kind }
    return (found.count, found.reduce(0) { $0 + ($1.about?.count ?? 1) })
  }
}

/// Ratchets that were read out of a vault.
final class SavedSessions {
  final class State {
    let archive: SecretBytes
    init(_ archive: consuming SecretBytes) { self.archive = archive }
  }
  var states: [Int64: State] = [:]
}

extension Pair {
  /// Both know each other and have written back and forth, so that their session has turned a few times.
  static func talking(timing: ReceiptTiming = .instant) throws -> (pair: Pair, early: SavedSessions) {
    let pair = try Pair(timing: timing)
    try pair.settle()
    let early = try pair.bob.sessionStates(with: "Alice")
    for round in 0..<2 {
      try pair.alice.say("a\(round)", to: "bob")
      try pair.settle()
      try pair.bob.say("b\(round)", to: "Alice")
      try pair.settle()
    }
    return (pair, early)
  }

  /// Somebody whom both know, and who knows both.
  func carol() throws -> Party {
    let carol = try Party("Carol", relay: bob.relay, clock: clock)
    carol.network = alice.network
    try carol.goOnline()
    for party in [alice, bob] {
      _ = try carol.core.addContact(invite: try party.invite(), as: party.name)
      try carol.sendAll()
      try party.receiveAll()
    }
    return carol
  }

  /// Lets time pass in steps, with everybody at work.
  func pass(_ seconds: Int64, steps: Int = 4) throws {
    for _ in 0..<steps {
      clock.advance(by: .seconds(seconds / Int64(steps)))
      try settle()
    }
  }
}
