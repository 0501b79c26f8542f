import Ambient
import ByteLayout
import MessageContent
import Messaging
import RelayCore
import RelaySupport
import RelayWire
import TestSupport
import Vault

/// One run: nodes, relays, a network and a clock, all driven by one seed.
///
/// First everybody talks while everything goes wrong; then the network is good and the clocks are right, until nothing
/// moves any more; then the invariants are looked at.
package final class World {
  /// What somebody said, and what became of it.
  struct Said {
    let text: String
    let from: Int
    let to: Int
  }

  let seed: UInt64
  let dice: Dice
  let network = Network()
  private(set) var relays: [SimulatedRelay] = []
  private(set) var nodes: [SimulatedNode] = []
  var said: [Said] = []
  var whispered: [Whispered] = []
  /// Texts that somebody has opened who may open them once.
  var openedOnce: Set<String> = []
  /// Nodes that were restored from an old copy.
  var excused: Set<Int> = []
  /// A contact of some who keeps to no rule.
  var mallory: SimulatedNode?
  var lastForged: MessageID?
  var lastReceipt: StoredReceipt?
  /// Bundles that a relay has handed out, by mailbox.
  var oldBundles: [MailboxID: BundleReply] = [:]
  private(set) var deedsAreDone = false
  private(set) var copiesAreRestored = false
  var step = 0
  package private(set) var injected = InjectionCount()
  var liesAreTold = false
  private var timersAreSet = false
  /// One clock was off by more than what the order may depend on.
  private(set) var clocksWereWrong = false
  let clock = ManualClock()
  /// By how much each node's clock is wrong, in seconds.
  var skew: [Int64] = []
  private var virtualDays: Int64 = 0
  private let report: (@Sendable (String) -> Void)?

  /// - Parameter report: gets a line for everything that happens; nil for none.
  package init(seed: UInt64, report: (@Sendable (String) -> Void)? = nil) {
    self.seed = seed
    self.report = report
    dice = Dice(seed: seed)
  }

  func note(_ injection: Injection) {
    injected.add(injection)
    tell("! \(injection.rawValue)")
  }

  func tell(_ line: @autoclosure () -> String) { report?("\(step) \(line())") }

  func relay(at host: String) -> SimulatedRelay? { relays.first { $0.host == host } }

  /// Runs to the end.
  ///
  /// - Parameter steps: how many things happen before the network becomes good.
  /// - Throws: ``SimulationFailure``.
  package func run(steps: Int) throws {
    try begin()
    for _ in 0..<steps {
      step += 1
      try oneStep()
      if dice.oneIn(8), let node = dice.pick(nodes) { try node.observe(nodes.filter { $0 !== node }) }
    }
    try settle()
    try Verdict(world: self).check()
    try DeedsVerdict(world: self).check()
    injected.messages = said.count
  }

  // MARK: The beginning

  private func begin() throws {
    for number in 1...(1 + dice.roll(2)) { relays.append(try SimulatedRelay(number: UInt8(number), clock: clock)) }
    for (index, name) in ["Alice", "Bob", "Carol", "Dave"].prefix(2 + dice.roll(3)).enumerated() {
      let timing: ReceiptTiming = dice.oneIn(2) ? .instant : .grid
      nodes.append(
        try SimulatedNode(
          name, home: relays[index % relays.count], start: clock.now(), seed: seed, timing: timing))
    }
    skew = nodes.map { _ in 0 }
    for node in nodes { try Shell(world: self, node: node).goOnline() }
    if dice.oneIn(3) { try inviteMallory() }
    network.trouble = dice.pick([0, 5, 15, 30, 45]) ?? 0
    liesAreTold = dice.oneIn(4)
    timersAreSet = dice.oneIn(3)
    deedsAreDone = dice.oneIn(2)
    copiesAreRestored = dice.oneIn(6)
    tell("\(nodes.count) nodes, \(relays.count) relays, trouble \(network.trouble) %")
    // Everybody knows somebody; the rest get to know each other on the way, or never.
    for index in nodes.indices.dropFirst() { try introduce(index, to: dice.roll(index)) }
  }

  /// `first` takes an invite of `second`; sometimes both do, at once.
  private func introduce(_ first: Int, to second: Int) throws {
    guard let link = try invite(of: second) else { return }
    let back = dice.oneIn(3) ? try invite(of: first) : nil
    try take(link, first)
    if let back { try take(back, second) }
  }

  private func take(_ link: String, _ index: Int) throws {
    do { _ = try nodes[index].core.addContact(invite: link, as: nil) } catch is MessagingError {
      tell("\(nodes[index].name) knows this contact already")
    }
  }

  func invite(of index: Int) throws -> String? {
    let node = nodes[index]
    let id = try node.core.createInvite(.single)
    do { try Shell(world: self, node: node).goOnline() } catch Shell.Trouble.unreachable {
      return nil  // another time
    }
    return try node.core.inviteLink(id)
  }

  // MARK: One thing after the other

  private func oneStep() throws {
    for arrival in network.arrivals(at: step, dice) { put(arrival.command, arrival.host) }
    let index = dice.roll(nodes.count)
    let node = nodes[index]
    switch dice.roll(50) {
    case 0...9: try guarded(node) { try self.say(index) }
    case 10...17: try guarded(node) { try Shell(world: self, node: node).send() }
    case 18...25: try guarded(node) { try Shell(world: self, node: node).receive() }
    case 26: try guarded(node) { try self.read(index) }
    case 27: try guarded(node) { try self.setTimer(index) }
    case 28...30: advance(by: Int64(1 + dice.roll(60)))
    case 31:
      planCrash(node)
      try guarded(node) {
        try Shell(world: self, node: node).goOnline()
        try self.say(index)
        try Shell(world: self, node: node).send()
        try Shell(world: self, node: node).receive()
      }
    case 32:
      planCrash(node)
      try guarded(node) {
        try Shell(world: self, node: node).receive()
        try Shell(world: self, node: node).send()
      }
    case 33:
      note(.restart)
      try restart(node)
    case 34: try fillDisk(node, index)
    case 35: try troubleRelay()
    case 36: moveClock(index)
    case 37: attack()
    case 38:
      guard nodes.count > 2, dice.oneIn(3) else { return }
      let other = dice.roll(nodes.count)
      if other != index { try guarded(node) { try self.introduce(index, to: other) } }
    case 40...43: try guarded(node) { try self.deed(index) }
    case 44...45: try letMalloryAct()
    case 46...48: try guarded(node) { try self.troubleCopies(index) }
    default:
      guard virtualDays < 10, dice.oneIn(4) else { return advance(by: Int64(dice.roll(3_600))) }
      let days = Int64(1 + dice.roll(4))
      virtualDays += days
      note(.longAbsence)
      advance(by: days * 86_400)
    }
  }

  func noteSaid(_ text: String, from: Int, to: Int) { said.append(Said(text: text, from: from, to: to)) }

  private func say(_ index: Int) throws {
    let node = nodes[index]
    let others = nodes.indices.filter { $0 != index }
    guard let to = dice.pick(others), let contact = try node.contact(nodes[to]) else { return }
    try say(index, to: to, contact, options: SendOptions())
  }

  func say(_ index: Int, to: Int, _ contact: ContactSummary, options: SendOptions) throws {
    let node = nodes[index]
    let text = "\(node.name) to \(nodes[to].name), \(step)"
    tell(text)
    let before = node.saidCount(to: nodes[to])
    defer {
      // A crash may have come after the commit: what is in the vault was said.
      if node.saidCount(to: nodes[to]) > before { said.append(Said(text: text, from: index, to: to)) }
    }
    do { _ = try node.core.send(text: text, file: nil, to: contact.id, options: options) } catch MessagingError
      .viewOnceUnsupported
    { tell("not yet: the contact has not said what it can do") }
  }

  /// Sets a timer now and then; sometimes the other side sets another one before it has heard of this one.
  private func setTimer(_ index: Int) throws {
    guard timersAreSet, let to = dice.pick(nodes.indices.filter { $0 != index }) else { return }
    for (one, other) in [(index, to), (to, index)] {
      guard let contact = try nodes[one].contact(nodes[other]), one == index || dice.oneIn(2) else { continue }
      let mode = dice.pick([TimerSetting.Mode.afterRead, .afterSend]) ?? .afterSend
      note(.timerChange)
      try nodes[one].core.setTimer(
        dice.oneIn(4) ? .off : TimerSetting(mode: mode, seconds: UInt32(30 + dice.roll(86_400))), with: contact.id)
    }
  }

  private func read(_ index: Int) throws {
    let node = nodes[index]
    for other in nodes where other !== node {
      let unread = try node.conversation(with: other).filter { $0.direction == .incoming && $0.readAt == nil }
      guard let last = dice.pick(unread) else { continue }
      try node.core.markRead([last.id])
    }
  }

  /// Does something with a node and takes what a node may throw then; a crash starts it again.
  private func guarded(_ node: SimulatedNode, _ body: () throws -> Void) throws {
    do { try body() } catch Shell.Trouble.unreachable {
      note(.relayCutOff)
    } catch is SimulatedGate.Interruption {
      tell("\(node.name) was stopped")
    } catch let refusal as RelayRefusal where refusal.code == .unavailable || refusal.code == .notAdmitted {
      tell("\(node.name) was refused: \(refusal.code)")
    } catch let error as StoreError where error == .unavailable {
      tell("\(node.name)'s relay has no room")
    }
    // Whether the error came through or not: the process is gone.
    switch node.gate.takeInterruption() {
    case .crash?: try restart(node)
    case .diskFull?: note(.vaultDiskFull)
    case nil: break
    }
    node.gate.calm()
  }

  private func planCrash(_ node: SimulatedNode) {
    let before = dice.oneIn(2)
    note(before ? .crashBeforeCommit : .crashAfterCommit)
    node.gate.crash(in: 1 + dice.roll(9), before: before)
  }

  private func restart(_ node: SimulatedNode) throws {
    try node.restart()
    do { try Shell(world: self, node: node).goOnline() } catch Shell.Trouble.unreachable {
      note(.relayCutOff)
    } catch let error as StoreError where error == .unavailable {
      tell("\(node.name)'s relay has no room")
    }
  }

  private func fillDisk(_ node: SimulatedNode, _ index: Int) throws {
    node.gate.setFull(true)
    try guarded(node) {
      switch dice.roll(3) {
      case 0: try self.say(index)
      case 1: try Shell(world: self, node: node).send()
      default: try Shell(world: self, node: node).receive()
      }
    }
  }

  private func troubleRelay() throws {
    guard let relay = dice.pick(relays) else { return }
    switch dice.roll(6) {
    case 0...1: relay.isCutOff.toggle()
    case 2:
      if !relay.isFull { note(.relayDiskFull) }
      relay.isFull.toggle()
    case 3:
      note(.restart)
      try relay.restart()
    case 4: try relay.keepCopy()
    default:
      // A mailbox without a checkpoint cannot tell an old copy from a copied vault (SECURITY.md).
      let guests = try nodes.filter { node in
        try node.home === relay
          && node.core.homeMailboxes().contains { try node.core.lastCheckpoint(mailbox: $0.id) == nil }
      }
      if guests.isEmpty, try relay.restoreCopy() { note(.relayRestored) }
    }
  }

  private func moveClock(_ index: Int) {
    let seconds: Int64
    switch dice.roll(4) {
    case 0...1: seconds = Int64(dice.roll(240))
    case 2: seconds = -Int64(dice.roll(240))
    default:
      seconds = Int64(dice.roll(2 * 86_400)) - 86_400
      clocksWereWrong = true
    }
    note(seconds < skew[index] ? .clockBack : .clockForward)
    skew[index] = seconds
    advance(by: 0)
  }

  private func attack() {
    guard let (host, command) = dice.pick(network.captured) else { return }
    switch dice.roll(3) {
    case 0:
      note(.replay)
      put(command, host)
    case 1:
      note(.replay)
      put(command.with(id: freshID()), host)
    default:
      note(.garbage)
      guard let envelope = try? Envelope([1] + dice.bytes(1_023)) else { return }
      put(command.with(id: freshID(), envelope: envelope), host)
    }
  }

  private func freshID() -> EnvelopeID {
    var bytes = FixedBytes<16>()
    for (index, byte) in dice.bytes(16).enumerated() { bytes[index] = byte }
    return EnvelopeID(bytes)
  }

  /// Somebody's put, whose answer nobody waits for.
  private func put(_ command: PutCommand, _ host: String) {
    guard let relay = relay(at: host), !relay.isCutOff else { return }
    // Refused or not: nobody hears it.
    _ = try? relay.relay.put(command)
  }

  func advance(by seconds: Int64) {
    clock.advance(by: .seconds(seconds))
    mallory?.clock.set(clock.now())
    for (node, skew) in zip(nodes, skew) { node.clock.set(clock.now().advanced(by: .seconds(skew))) }
  }
}

extension SimulatedNode {
  /// How much was said to another node, even if the call that said it ended with an error.
  fileprivate func saidCount(to other: SimulatedNode) -> Int {
    do { return try conversation(with: other).count { $0.direction == .outgoing && !$0.isInfo } } catch { return 0 }
  }
}

extension PutCommand {
  fileprivate func with(id: EnvelopeID, envelope: Envelope? = nil) -> PutCommand {
    PutCommand(
      mailbox: mailbox, envelopeID: id, tag: tag, envelope: envelope ?? self.envelope, retention: retention,
      deletionHash: deletionHash)
  }
}
