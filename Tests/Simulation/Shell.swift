import Messaging
import RelaySupport
import RelayCore
import RelayWire
import Vault

/// What the program around the core does for one node: connections, puts and pages, over the simulation's network.
///
/// Whatever a real shell would be told by an exception is an exception here too: a cut connection is
/// ``Shell/Trouble/unreachable``, a crash or a full disk come from the node's ``SimulatedGate``.
struct Shell {
  enum Trouble: Error {
    case unreachable
  }

  let world: World
  let node: SimulatedNode

  private var dice: Dice { world.dice }

  /// Opens the mailbox, fence first, and brings admission entries and prekeys up to date.
  func goOnline() throws {
    try reach(node.home)
    let core = try node.core
    let relay = node.home.relay
    // It crashed before its user had said that there is no other.
    if try core.isCopied() { try core.adopt() }
    try core.rotateKeysIfDue()
    for mailbox in try core.homeMailboxes() {
      var outcome = OpeningOutcome.proposeAgain
      while outcome == .proposeAgain {
        let challenge = relay.challenge
        let command = try core.prepareOpening(mailbox: mailbox.id, challenge: challenge, relayKey: relay.relayKey)
        try loseRequest()
        let reply: OpenReply
        do { reply = try relay.open(command, challenge: challenge) } catch let refusal as RelayRefusal
          where refusal.code == .fenced
        {
          // An old copy of the relay that misses nothing but the newest fence: only the user knows that there is no other vault.
          world.note(.takenOver)
          try core.wasFenced()
          try core.adopt()
          continue
        }
        try loseAnswer()
        do { outcome = try core.openingAccepted(mailbox: mailbox.id, reply: reply) } catch MessagingError.vaultCopied {
          world.note(.takenOver)
          try core.adopt()
        }
      }
      while let work = try core.nextOwnerWork(mailbox: mailbox.id) {
        try loseRequest()
        switch work {
        case .setAdmission(let change, _, _, _, _): try relay.setAdmission(change)
        case .publish(let command, _, _, _): try relay.publish(command)
        }
        try loseAnswer()
        try core.ownerWorkDone(work, mailbox: mailbox.id)
      }
    }
    node.openedLife = node.home.life
  }

  /// A relay that was started again has no connections.
  private func reopenIfLost() throws {
    if node.openedLife != node.home.life { try goOnline() }
  }

  /// Performs the sender's work that is due now.
  func send() throws {
    try reopenIfLost()
    let core = try node.core
    try core.performDueWork()
    var round = SenderRound()
    while let work = try core.nextSenderWork(&round) {
      do {
        try perform(work, core)
      } catch Trouble.unreachable {
        round.unreachableHosts.insert(work.host)
        try core.senderWorkFailed(work, .unreachable)
      } catch let refusal as RelayRefusal {
        world.tell("\(node.name) is refused: \(refusal.code)")
        try core.senderWorkFailed(work, .refused(refusal))
      } catch let error as StoreError {
        world.tell("\(node.name) is refused: \(error)")
        try core.senderWorkFailed(work, .refused(RelayRefusal(error)))
      } catch MessagingError.notAuthentic {
        try core.senderWorkFailed(work, .notAuthentic)
      }
    }
  }

  private func perform(_ work: SenderWork, _ core: Messenger) throws {
    world.tell("\(node.name) \(work.name)")
    guard let target = world.relay(at: work.host) else { throw Trouble.unreachable }
    try reach(target)
    switch work {
    case .fetchBundle(let fetch):
      try loseRequest()
      let reply = try bundle(fetch, target)
      try loseAnswer()
      try core.bundleFetched(fetch, reply: reply, relayKey: target.relay.relayKey)
    case .upload(let upload): try core.uploaded(upload)
    case .put(let put):
      world.network.capture(put.command, host: work.host, dice)
      switch world.network.fate(dice) {
      case .passes: break
      case .requestLost:
        world.note(.requestLost)
        throw Trouble.unreachable
      case .answerLost:
        world.note(.answerLost)
        _ = try target.relay.put(put.command)
        throw Trouble.unreachable
      case .doubled:
        world.note(.requestDoubled)
        _ = try target.relay.put(put.command)
      case .delayed:
        world.note(.requestDelayed)
        world.network.delay(put.command, host: work.host, until: world.step + 1 + dice.roll(12))
        throw Trouble.unreachable
      }
      let receipt = try target.relay.put(put.command)
      try lieAboutStoring(put, receipt, core)
      try core.putStored(put, receipt: receipt)
    }
  }

  /// Reads the mailbox to its head and acknowledges it.
  func receive() throws {
    try reach(node.home)
    try reopenIfLost()
    let core = try node.core
    let relay = node.home.relay
    for mailbox in try core.homeMailboxes() {
      var cursor = mailbox.cursor
      while true {
        let page = try relay.page(mailbox.mailbox, after: cursor, limit: 1 + dice.roll(40))
        if world.liesAreTold, page.items.count > 1, dice.oneIn(6) { try lie(page, mailbox, core) }
        let report = try core.receive(page, mailbox: mailbox.id)
        world.tell(
          "\(node.name) received up to \(report.acknowledgeUpTo): \(report.accepted) new, \(report.duplicates) again, \(report.dropped) dropped, \(report.undecryptable) not readable"
        )
        if report.acknowledgeUpTo > cursor {
          if dice.roll(100) < world.network.trouble {
            world.note(.cutBeforeAcknowledging)
            throw Trouble.unreachable
          }
          try relay.acknowledge(mailbox.mailbox, upTo: report.acknowledgeUpTo)
        }
        guard page.more, report.acknowledgeUpTo > cursor else { break }
        cursor = report.acknowledgeUpTo
      }
    }
  }

  private func reach(_ relay: SimulatedRelay) throws {
    guard !relay.isCutOff else { throw Trouble.unreachable }
  }

  private func loseRequest() throws {
    guard dice.roll(300) < world.network.trouble else { return }
    world.note(.requestLost)
    throw Trouble.unreachable
  }

  private func loseAnswer() throws {
    guard dice.roll(300) < world.network.trouble else { return }
    world.note(.answerLost)
    throw Trouble.unreachable
  }
}

extension SenderWork {
  fileprivate var name: String {
    switch self {
    case .fetchBundle: "fetches a bundle"
    case .put(let put): "puts row \(put.outboxID)"
    case .upload(let upload): "uploads row \(upload.outboxID)"
    }
  }
}
