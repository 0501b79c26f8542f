import Ambient
import ByteLayout
import KeyAgreement
import MessageContent
import Messaging
import RelayCore
import RelayWire
import TestSupport
import Vault

/// A contact whose program keeps to no rule: it seals and encrypts as everybody does, and sends whatever it likes.
extension World {
  func inviteMallory() throws {
    let mallory = try SimulatedNode("Mallory", home: relays[0], start: clock.now(), seed: seed, timing: .instant)
    self.mallory = mallory
    try Shell(world: self, node: mallory).goOnline()
    for index in nodes.indices {
      guard let link = try invite(of: index) else { continue }
      _ = try mallory.core.addContact(invite: link, as: nil)
    }
  }

  /// Mallory's program does everything at once, and never crashes.
  func letMalloryAct() throws {
    guard let mallory else { return }
    do {
      if !mallory.home.isCutOff { try doHarm() }
      try Shell(world: self, node: mallory).send()
      try Shell(world: self, node: mallory).receive()
    } catch Shell.Trouble.unreachable {
      note(.relayCutOff)
    } catch let refusal as RelayRefusal {
      tell("Mallory was refused: \(refusal.code)")
    } catch is StoreError { tell("Mallory's relay has no room") }
  }

  /// Puts something into the hostile node's outbox that no honest program would send.
  func doHarm() throws {
    guard let mallory, let victim = dice.pick(nodes), let contact = try mallory.contact(victim) else { return }
    note(.harm)
    let foreign = try foreignMessage(of: victim)
    let id = lastForged.flatMap { dice.oneIn(2) ? $0 : nil } ?? MessageID(freshBytes())
    lastForged = id
    let now = mallory.clock.now().milliseconds
    let sentAt = dice.pick([1, now, now + 400 * 86_400_000]) ?? now
    let kind: Content.Kind
    switch dice.roll(10) {
    case 0: kind = .body(.text(try CleanText(cleaning: "harm \(step)")))
    case 1: kind = .body(.viewOnce(.text(try CleanText(cleaning: "harm \(step)"))))
    case 2: kind = .operation(try Operation(target: foreign, revision: .max, kind: .delete))
    case 3:
      kind = .operation(
        try Operation(target: nil, revision: .max, kind: .setTimer(TimerSetting(mode: .afterSend, seconds: 5))))
    case 4: kind = .operation(try Operation(target: nil, revision: 1, kind: .closeChat))
    case 5: kind = .operation(try Operation(target: foreign, revision: 1, kind: .screenshot))
    case 6: kind = .receipt(try Receipt(kind: .read, ids: [foreign.id], atMilliseconds: sentAt))
    case 7: kind = .control(.gone(try Gone(try PairRanges([1...PairRanges.maximumNumber / 2]))))
    case 8: kind = .control(.retryRequest(try RetryRequest(try PairRanges([1...100]))))
    default:
      // Numbers of the ratchet that nobody will ever see.
      let skipped = dice.pick([1, 40, 900]) ?? 1
      return try mallory.skipRatchet(by: skipped, contact: contact.id)
    }
    var content = try ContentCodec.encode(Content(id: id, sentAtMilliseconds: sentAt, kind: kind))
    if dice.oneIn(4) { content[dice.roll(content.count)] ^= UInt8(1 + dice.roll(255)) }
    try mallory.queue(
      content, isControl: dice.oneIn(3), to: contact.id, number: dice.oneIn(3) ? UInt64(1 + dice.roll(4)) : nil)
  }

  /// A message that is not Mallory's, in a conversation of the victim with somebody else.
  private func foreignMessage(of victim: SimulatedNode) throws -> OperationTarget {
    for other in nodes where other !== victim {
      if let message = dice.pick(try victim.conversation(with: other).filter { !$0.isInfo && !$0.isGone }) {
        let author = message.direction == .outgoing ? victim : other
        return OperationTarget(author: author.accountID, id: MessageID(message.messageID))
      }
    }
    return OperationTarget(author: victim.accountID, id: MessageID(freshBytes()))
  }

  private func freshBytes() -> FixedBytes<16> {
    var bytes = FixedBytes<16>()
    for (index, byte) in dice.bytes(16).enumerated() { bytes[index] = byte }
    return bytes
  }
}

extension SimulatedNode {
  /// Puts any content into the outbox, under any number.
  func queue(_ content: [UInt8], isControl: Bool, to contact: Int64, number: UInt64?) throws {
    _ = try vault.write { transaction in
      try transaction.insertOutbox(
        OutboxRecord(
          contactID: contact, kind: isControl ? 2 : 3, state: 0, pairSeq: number,
          notBeforeMilliseconds: clock.now().milliseconds, giveUpAt: clock.now().seconds + 86_400, body: [1] + content))
    }
  }

  /// Encrypts messages that are never sent.
  func skipRatchet(by count: Int, contact: Int64) throws {
    for _ in 0..<count {
      try queue([0], isControl: true, to: contact, number: 1)
      guard case .put(let put)? = try core.nextSenderWork(), put.contactID == contact else { return }
      try vault.write { transaction in try transaction.deleteOutbox(id: put.outboxID) }
    }
  }
}
