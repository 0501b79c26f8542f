import Ambient
import ByteLayout
import Dispatch
import Foundation
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Testing
import Vault

/// Throws at one commit, before or after it is durable: what a crash at that instant leaves behind.
final class Crash: CommitGate, Error, Sendable {
  let number: Int
  let isBefore: Bool

  init(atCommit number: Int, before isBefore: Bool) {
    self.number = number
    self.isBefore = isBefore
  }

  func willCommit(_ number: Int) throws { if isBefore, number == self.number { throw self } }
  func didCommit(_ number: Int) throws { if !isBefore, number == self.number { throw self } }
}

/// One account on one device with its own vault in real files, at a relay.
final class Party {
  let name: String
  let relay: InProcessRelay
  let host: String
  let clock: ManualClock
  let folder: String
  private let randomness: SeededRandomness
  private let timing: ReceiptTiming
  private let oneTimePrekeys: Int
  private var opened: Messenger?
  /// Relays by host, to which this party sends.
  var network: [String: InProcessRelay] = [:]
  /// How many puts have been answered.
  private(set) var putCount = 0
  /// Called before a put reaches its relay; false loses it and its answer.
  var letsThrough: (PutCommand) -> Bool = { _ in true }

  init(
    _ name: String, relay: InProcessRelay, host: String = "127.0.0.1:8440", clock: ManualClock,
    timing: ReceiptTiming = .instant, gate: (any CommitGate)? = nil, oneTimePrekeys: Int = 16
  ) throws {
    self.name = name
    self.relay = relay
    self.host = host
    self.clock = clock
    self.timing = timing
    self.oneTimePrekeys = oneTimePrekeys
    folder = NSTemporaryDirectory() + "sotto-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    randomness = SeededRandomness("\(name) \(folder)")
    network[host] = relay
    let vault = try Vault.create(
      directory: folder + "/home", protection: .keyFile(path: folder + "/key"), randomness: randomness,
      commitGate: gate)
    opened = try Messenger.createAccount(
      in: vault, name: name, relay: HomeRelay(host: host, relayKey: relay.relayKey),
      environment: Self.environment(clock, randomness, timing, oneTimePrekeys))
  }

  /// A party whose vault is a copy of another's files.
  init(copyOf other: Party) throws {
    name = other.name
    relay = other.relay
    host = other.host
    clock = other.clock
    timing = other.timing
    oneTimePrekeys = other.oneTimePrekeys
    network = other.network
    folder = NSTemporaryDirectory() + "sotto-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for item in ["home", "key"] {
      try FileManager.default.copyItem(atPath: "\(other.folder)/\(item)", toPath: "\(folder)/\(item)")
    }
    randomness = SeededRandomness("copy \(folder)")
    let vault = try Self.openVault(folder, randomness, nil)
    opened = try Messenger.open(vault, environment: Self.environment(clock, randomness, timing, oneTimePrekeys))
  }

  deinit {
    // The folder is temporary anyway.
    try? FileManager.default.removeItem(atPath: folder)
  }

  private static func openVault(
    _ folder: String, _ randomness: SeededRandomness, _ gate: (any CommitGate)?
  ) throws -> Vault {
    try Vault.open(
      directory: folder + "/home", protection: .keyFile(path: folder + "/key"), randomness: randomness,
      commitGate: gate)
  }

  private static func environment(
    _ clock: ManualClock, _ randomness: SeededRandomness, _ timing: ReceiptTiming, _ oneTimePrekeys: Int
  ) -> MessagingEnvironment {
    MessagingEnvironment(
      clock: clock, randomness: randomness, jitter: randomness, receiptTiming: timing,
      inBackground: { DispatchQueue.global().async(execute: $0) }, oneTimePrekeyCount: oneTimePrekeys)
  }

  /// The core, as long as the vault is open.
  var core: Messenger {
    get throws { try #require(opened) }
  }

  /// Drops everything in memory and opens the vault again from its files.
  func restart(gate: (any CommitGate)? = nil) throws {
    opened = nil
    let vault = try Self.openVault(folder, randomness, gate)
    opened = try Messenger.open(vault, environment: Self.environment(clock, randomness, timing, oneTimePrekeys))
  }

  /// Closes the core, lends its vault, and opens the core again.
  func withVault(_ body: (Vault) throws -> Void) throws {
    opened = nil
    let vault = try Self.openVault(folder, randomness, nil)
    try body(vault)
    opened = try Messenger.open(vault, environment: Self.environment(clock, randomness, timing, oneTimePrekeys))
  }

  /// Opens the mailbox at the relay and brings it up to date, as a node does when it starts.
  func goOnline() throws {
    let core = try core
    try core.rotateKeysIfDue()
    for mailbox in try core.homeMailboxes() {
      var outcome = OpeningOutcome.proposeAgain
      while outcome == .proposeAgain {
        let challenge = relay.challenge
        let command = try core.prepareOpening(
          mailbox: mailbox.id, challenge: challenge, relayKey: relay.relayKey)
        do {
          outcome = try core.openingAccepted(
            mailbox: mailbox.id, reply: try relay.open(command, challenge: challenge))
        } catch let refusal as RelayRefusal where refusal.code == .fenced {
          try core.wasFenced()
          throw MessagingError.vaultCopied
        }
      }
      while let work = try core.nextOwnerWork(mailbox: mailbox.id) {
        switch work {
        case .setAdmission(let change, _, _, _, _): try relay.setAdmission(change)
        case .publish(let command, _, _, _): try relay.publish(command)
        }
        try core.ownerWorkDone(work, mailbox: mailbox.id)
      }
    }
  }

  /// Performs all work of the sender's side that is due now.
  func sendAll() throws {
    let core = try core
    try core.performDueWork()
    var round = SenderRound()
    while let work = try core.nextSenderWork(&round) {
      let relay = try #require(network[work.host])
      do {
        switch work {
        case .put(let put):
          guard letsThrough(put.command) else {
            round.unreachableHosts.insert(work.host)
            continue
          }
          try core.putStored(put, receipt: try relay.put(put.command))
          putCount += 1
        case .upload(let upload): try core.uploaded(upload)
        case .fetchBundle(let fetch):
          try core.bundleFetched(
            fetch, reply: try relay.fetchBundle(fetch.command), relayKey: relay.relayKey)
        }
      } catch let refusal as RelayRefusal {
        try core.senderWorkFailed(work, .refused(refusal))
      } catch MessagingError.notAuthentic {
        try core.senderWorkFailed(work, .notAuthentic)
      }
    }
  }

  /// Reads the mailbox to its head and acknowledges it.
  @discardableResult
  func receiveAll() throws -> ReceiveReport {
    let core = try core
    var total: ReceiveReport?
    for mailbox in try core.homeMailboxes() {
      var cursor = mailbox.cursor
      while true {
        let page = try relay.page(mailbox.mailbox, after: cursor)
        let report = try core.receive(page, mailbox: mailbox.id)
        if report.acknowledgeUpTo > cursor {
          try relay.acknowledge(mailbox.mailbox, upTo: report.acknowledgeUpTo)
        }
        cursor = report.acknowledgeUpTo
        total = total.map { $0.adding(report) } ?? report
        if !page.more { break }
      }
    }
    return try #require(total)
  }

  /// The mailbox itself.
  var mailbox: HomeMailbox {
    get throws { try #require(try core.homeMailboxes().first) }
  }

  /// Everything that lies at the relay, read without acknowledging it.
  func waiting() throws -> [StoredEnvelope] {
    let mailbox = try mailbox
    return try relay.page(mailbox.mailbox, after: mailbox.cursor).items.compactMap { item in
      guard case .envelope(let stored) = item else { return nil }
      return stored
    }
  }

  func invite(_ kind: InviteKind = .single) throws -> String {
    let id = try core.createInvite(kind)
    try goOnline()
    return try #require(try core.inviteLink(id))
  }

  func say(_ text: String, to name: String) throws {
    _ = try core.send(text: text, file: nil, to: try core.contact(named: name).id)
  }

  /// The texts of a conversation in order, each with who said it.
  func transcript(with name: String) throws -> [String] {
    try core.messages(with: try core.contact(named: name).id).map { message in
      let arrow = message.direction == .outgoing ? ">" : "<"
      guard case .text(let text) = message.body else { return "\(arrow)?" }
      return "\(arrow)\(text)"
    }
  }

  func states(with name: String) throws -> [MessageState] {
    try core.messages(with: try core.contact(named: name).id).filter { $0.direction == .outgoing }.map(\.state)
  }
}

extension ReceiveReport {
  func adding(_ other: ReceiveReport) -> ReceiveReport {
    var sum = self
    sum.acknowledgeUpTo = other.acknowledgeUpTo
    sum.accepted += other.accepted
    sum.duplicates += other.duplicates
    sum.dropped += other.dropped
    sum.undecryptable += other.undecryptable
    return sum
  }
}

/// Two parties who know each other, at one relay or at two.
struct Pair {
  let clock = ManualClock()
  let alice: Party
  let bob: Party

  init(
    timing: ReceiptTiming = .instant, introduced: Bool = true, twoRelays: Bool = false, oneTimePrekeys: Int = 16
  ) throws {
    let first = try InProcessRelay(number: 1, clock: clock)
    let second = twoRelays ? try InProcessRelay(number: 2, clock: clock) : first
    let bobHost = twoRelays ? "127.0.0.1:8441" : "127.0.0.1:8440"
    alice = try Party("Alice", relay: first, clock: clock, timing: timing)
    bob = try Party("Bob", relay: second, host: bobHost, clock: clock, timing: timing, oneTimePrekeys: oneTimePrekeys)
    alice.network[bobHost] = second
    bob.network[alice.host] = first
    try alice.goOnline()
    try bob.goOnline()
    guard introduced else { return }
    _ = try alice.core.addContact(invite: try bob.invite(), as: "bob")
    try settle()
  }

  /// Lets both send and receive until nothing moves.
  func settle() throws {
    for _ in 0..<4 {
      for party in [alice, bob] {
        try party.sendAll()
        try party.receiveAll()
      }
    }
    try alice.goOnline()
    try bob.goOnline()
  }
}
