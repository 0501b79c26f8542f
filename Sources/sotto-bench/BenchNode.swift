import ArgumentParser
import Messaging
import RelaySupport
import RelayWire

/// A node without a shell around it: puts, pages and admission go straight to a relay in this process.
struct BenchNode {
  let fixture: NodeFixture
  let relay: InProcessRelay

  private var core: Messenger { fixture.core }

  func goOnline() throws {
    for mailbox in try core.homeMailboxes() {
      var outcome = OpeningOutcome.proposeAgain
      while outcome == .proposeAgain {
        let challenge = relay.challenge
        let command = try core.prepareOpening(mailbox: mailbox.id, challenge: challenge, relayKey: relay.relayKey)
        outcome = try core.openingAccepted(mailbox: mailbox.id, reply: try relay.open(command, challenge: challenge))
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

  func invite() throws -> String {
    let id = try core.createInvite(.single)
    try goOnline()
    guard let link = try core.inviteLink(id) else { throw ValidationError("no invite") }
    return link
  }

  func sendAll() throws {
    var round = SenderRound()
    while let work = try core.nextSenderWork(&round) {
      switch work {
      case .put(let put): try core.putStored(put, receipt: try relay.put(put.command))
      case .fetchBundle(let fetch):
        try core.bundleFetched(fetch, reply: try relay.fetchBundle(fetch.command), relayKey: relay.relayKey)
      case .upload: throw ValidationError("nothing here has a large file")
      }
    }
  }

  /// - Returns: how many envelopes were accepted.
  @discardableResult
  func receiveAll() throws -> Int {
    var accepted = 0
    for mailbox in try core.homeMailboxes() {
      var cursor = mailbox.cursor
      while true {
        let page = try relay.page(mailbox.mailbox, after: cursor)
        let report = try core.receive(page, mailbox: mailbox.id)
        accepted += report.accepted
        if report.acknowledgeUpTo > cursor { try relay.acknowledge(mailbox.mailbox, upTo: report.acknowledgeUpTo) }
        guard page.more, report.acknowledgeUpTo > cursor else { break }
        cursor = report.acknowledgeUpTo
      }
    }
    return accepted
  }
}
