import Ambient
import ByteLayout
import Foundation
import Messaging
import RelaySupport
import RelayWire
import TestSupport
import Vault

/// One account on one device, with a real vault in real files; what a node's shell does is done by ``World``.
final class SimulatedNode {
  let name: String
  let home: SimulatedRelay
  let clock: ManualClock
  let gate = SimulatedGate()
  /// The life of the relay in which the mailbox was opened last; 0: never.
  var openedLife = 0
  let accountID: FixedBytes<33>
  let folder: String
  private let environment: MessagingEnvironment
  private let randomness: SeededRandomness
  private var opened: Messenger?
  private var openVault: Vault?
  /// The furthest state in which each own message was ever seen.
  private var furthest: [Int64: MessageState] = [:]

  init(_ name: String, home: SimulatedRelay, start: WallTime, seed: UInt64, timing: ReceiptTiming) throws {
    self.name = name
    self.home = home
    clock = ManualClock(start)
    folder = NSTemporaryDirectory() + "sotto-sim-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    randomness = SeededRandomness("simulation \(seed) \(name)")
    environment = MessagingEnvironment(
      clock: clock, randomness: randomness, jitter: randomness, receiptTiming: timing,
      // At once: a run does not depend on what other processors do.
      inBackground: { $0() }, oneTimePrekeyCount: 16)
    let vault = try Vault.create(
      directory: folder + "/home", protection: .keyFile(path: folder + "/key"), randomness: randomness,
      commitGate: gate)
    let core = try Messenger.createAccount(
      in: vault, name: name, relay: HomeRelay(host: home.host, relayKey: home.relay.relayKey),
      environment: environment)
    accountID = try core.ownAccount().accountID
    opened = core
    openVault = vault
  }

  deinit {
    opened = nil
    // The folder is temporary anyway.
    try? FileManager.default.removeItem(atPath: folder)
  }

  var core: Messenger {
    get throws {
      guard let opened else { throw SimulatedGate.Interruption.crash }
      return opened
    }
  }

  /// The vault itself, for what no command does.
  var vault: Vault {
    get throws {
      guard let openVault else { throw SimulatedGate.Interruption.crash }
      return openVault
    }
  }

  /// Drops everything in memory, and what was seen of other vaults' states.
  func close() {
    opened = nil
    openVault = nil
    openedLife = 0
    furthest = [:]
  }

  /// Drops everything in memory and opens the vault again from its files. A new process sends nothing before it has opened
  /// its mailbox: that is what tells an old copy from the vault.
  func restart() throws {
    opened = nil
    openVault = nil
    openedLife = 0
    gate.calm()
    let vault = try Vault.open(
      directory: folder + "/home", protection: .keyFile(path: folder + "/key"), randomness: randomness,
      commitGate: gate)
    opened = try Messenger.open(vault, environment: environment)
    openVault = vault
  }

  /// The contact that this account is here, nil if it is none yet.
  func contact(_ other: SimulatedNode) throws -> ContactSummary? {
    try core.contacts().first { $0.accountID == other.accountID }
  }

  /// The conversation with another node, in the order in which it is shown.
  func conversation(with other: SimulatedNode) throws -> [MessageView] {
    guard let contact = try contact(other) else { return [] }
    return try core.messages(with: contact.id)
  }

  /// Looks at the states of all own messages.
  ///
  /// - Throws: ``SimulationFailure`` when one went back.
  func observe(_ others: [SimulatedNode]) throws {
    for other in others {
      for message in try conversation(with: other) where message.direction == .outgoing {
        if let before = furthest[message.id], message.state < before {
          throw SimulationFailure(
            invariant: .statesGoForward,
            detail: "\(name)'s message \(message.id) was \(before) and is \(message.state)")
        }
        furthest[message.id] = message.state
      }
    }
  }
}
