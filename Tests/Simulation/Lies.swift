import Messaging
import RelaySupport
import RelayWire

/// What a hostile relay tells a node, and whether the node notices what can be noticed.
extension Shell {
  /// Shows the node something that contradicts what it knows or what was signed; it must refuse it whole.
  func lie(_ page: MailboxPage, _ mailbox: HomeMailbox, _ core: Messenger) throws {
    var items = page.items
    let lie: String
    switch world.dice.roll(3) {
    case 0:
      guard case .envelope(let first) = items[0], case .envelope(let second) = items[1] else { return }
      items[0] = .envelope(second.numbered(first.seq))
      items[1] = .envelope(first.numbered(second.seq))
      lie = "reordered"
    case 1:
      // One is kept back, and the numbers close over it.
      guard case .envelope(let first) = items[0] else { return }
      for index in items.indices.dropFirst() {
        guard case .envelope(let item) = items[index] else { return }
        items[index] = .envelope(item.numbered(item.seq - 1))
      }
      guard case .envelope(let last) = page.items[page.items.endIndex - 1] else { return }
      items.removeFirst()
      items.append(.envelope(first.numbered(last.seq)))
      lie = "withheld"
    default:
      // One is shown twice, under the number of the next.
      guard case .envelope(let first) = items[0], case .envelope(let second) = items[1],
        first.envelopeID != second.envelopeID
      else { return }
      items[1] = .envelope(first.numbered(second.seq))
      lie = "repeated"
    }
    world.note(.lie)
    let shown: MailboxPage
    do {
      shown = try MailboxPage(
        mailbox: page.mailbox, after: page.after, items: items, checkpoint: page.checkpoint, more: page.more,
        head: page.head, epoch: page.epoch)
    } catch { return }  // not even a page
    do {
      _ = try core.receive(shown, mailbox: mailbox.id)
      throw SimulationFailure(invariant: .failuresAreKnown, detail: "\(node.name) took a page that was \(lie)")
    } catch MessagingError.relayMisbehaved {
      return
    }
  }

  /// Answers a put with the receipt of another one.
  func lieAboutStoring(_ put: PutWork, _ receipt: StoredReceipt, _ core: Messenger) throws {
    defer { world.lastReceipt = receipt }
    guard world.liesAreTold, let other = world.lastReceipt, other.envelopeID != put.command.envelopeID else { return }
    world.note(.falseReceipt)
    do {
      try core.putStored(put, receipt: other)
      throw SimulationFailure(invariant: .failuresAreKnown, detail: "\(node.name) believed another's receipt")
    } catch MessagingError.notAuthentic {
      return
    }
  }
}

extension StoredEnvelope {
  fileprivate func numbered(_ seq: UInt64) -> StoredEnvelope {
    StoredEnvelope(
      seq: seq, envelopeID: envelopeID, envelope: envelope, storedAt: storedAt, expiresAt: expiresAt,
      deletionHash: deletionHash)
  }
}

extension Shell {
  /// A bundle as the relay has it; a hostile one gives an older answer again, without a one-time prekey.
  func bundle(_ fetch: FetchBundleWork, _ target: SimulatedRelay) throws -> BundleReply {
    let mailbox = fetch.command.mailbox
    let reply = try target.relay.fetchBundle(fetch.command)
    if world.liesAreTold, let old = world.oldBundles[mailbox], world.dice.oneIn(2) {
      world.note(.oldBundle)
      return try BundleReply(lists: old.lists, bundle: old.bundle, oneTime: nil)
    }
    if world.oldBundles[mailbox] == nil { world.oldBundles[mailbox] = reply }
    return reply
  }
}
