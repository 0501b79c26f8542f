import ByteLayout
import FoundationEssentials

/// Publishes sealed items at the owner's mailbox (C6), one transaction a part.
///
/// Lists and bundle replace what is there; `nil` leaves it. One-time items join the unserved set, or replace it.
package struct PublishCommand: Hashable, Sendable {
  package let mailbox: MailboxID
  package let lists: SealedItem?
  package let bundle: SealedItem?
  package let oneTime: [SealedItem]
  /// Drops the unserved one-time items before adding: true in the first part of a refill.
  package let replacesOneTime: Bool

  /// - Throws: ``WireError/outOfRange(field:)`` for an item of the wrong kind, ``WireError/tooMany(field:limit:actual:)``
  ///   above 1 000 one-time items.
  package init(
    mailbox: MailboxID, lists: SealedItem? = nil, bundle: SealedItem? = nil, oneTime: [SealedItem] = [],
    replacesOneTime: Bool = false
  ) throws(WireError) {
    guard lists?.kind ?? .lists == .lists else { throw .outOfRange(field: "lists") }
    guard bundle?.kind ?? .bundle == .bundle else { throw .outOfRange(field: "bundle") }
    guard oneTime.allSatisfy({ $0.kind == .oneTime }) else { throw .outOfRange(field: "one_time") }
    try bounded(oneTime.count, limit: WireLimits.maximumOneTimeItems, field: "one_time")
    self.mailbox = mailbox
    self.lists = lists
    self.bundle = bundle
    self.oneTime = oneTime
    self.replacesOneTime = replacesOneTime
  }

  init(_ message: Sotto_Relay_V1_Publish) throws(WireError) {
    try bounded(message.oneTime.count, limit: WireLimits.maximumOneTimeItems, field: "one_time")
    var oneTime: [SealedItem] = []
    for item in message.oneTime { oneTime.append(try SealedItem(.oneTime, item.item)) }
    try self.init(
      mailbox: MailboxID(message.mailbox),
      lists: message.lists.isEmpty ? nil : SealedItem(.lists, message.lists),
      bundle: message.bundle.isEmpty ? nil : SealedItem(.bundle, message.bundle),
      oneTime: oneTime, replacesOneTime: message.replaceOneTime)
  }

  var message: Sotto_Relay_V1_Publish {
    var message = Sotto_Relay_V1_Publish()
    message.mailbox = mailbox.bytes.data
    message.lists = lists?.data ?? Data()
    message.bundle = bundle?.data ?? Data()
    message.oneTime = oneTime.map { item in
      var message = Sotto_Relay_V1_OneTimeItem()
      message.item = item.data
      return message
    }
    message.replaceOneTime = replacesOneTime
    return message
  }
}
