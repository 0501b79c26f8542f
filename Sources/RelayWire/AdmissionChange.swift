import ByteLayout
import FoundationEssentials

/// Entries to remove from and to add to a mailbox's admission table, in one transaction: first removed, then added.
///
/// Adding an entry that is there changes its days, limit, class and rights, and keeps how often it was used.
package struct AdmissionChange: Hashable, Sendable {
  package let mailbox: MailboxID
  package let add: [AdmissionEntry]
  package let remove: [AdmissionHash]

  /// - Throws: ``WireError/tooMany(field:limit:actual:)`` above 4 096 entries together.
  package init(mailbox: MailboxID, add: [AdmissionEntry], remove: [AdmissionHash] = []) throws(WireError) {
    try bounded(add.count + remove.count, limit: WireLimits.maximumAdmissionEntries, field: "add, remove")
    self.mailbox = mailbox
    self.add = add
    self.remove = remove
  }

  init(_ message: Sotto_Relay_V1_SetAdmission) throws(WireError) {
    try bounded(
      message.add.count + message.remove.count, limit: WireLimits.maximumAdmissionEntries, field: "add, remove")
    var add: [AdmissionEntry] = []
    for entry in message.add { add.append(try AdmissionEntry(entry)) }
    var remove: [AdmissionHash] = []
    for hash in message.remove { remove.append(AdmissionHash(try FixedBytes<16>(hash, field: "remove"))) }
    try self.init(mailbox: MailboxID(message.mailbox), add: add, remove: remove)
  }

  var message: Sotto_Relay_V1_SetAdmission {
    var message = Sotto_Relay_V1_SetAdmission()
    message.mailbox = mailbox.bytes.data
    message.add = add.map(\.message)
    message.remove = remove.map { $0.bytes.data }
    return message
  }
}
