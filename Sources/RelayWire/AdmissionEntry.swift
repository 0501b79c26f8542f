package import ByteLayout
import FoundationEssentials

/// How the relay knows a tag: H("Sotto_Admission_v1", mailbox ‖ tag)[0..16] (C9). The tag itself is never stored.
package struct AdmissionHash: Hashable, Sendable {
  package let bytes: FixedBytes<16>
  package init(_ bytes: FixedBytes<16>) { self.bytes = bytes }

  /// The label of the hash; node and relay compute it each with their own hash function.
  package static let label = "Sotto_Admission_v1"

  /// What is hashed under ``label``: mailbox(32) ‖ tag(16).
  package static func body(mailbox: MailboxID, tag: AdmissionTag) -> [UInt8] {
    var writer = LayoutWriter(capacity: 48)
    writer.append(mailbox.bytes)
    writer.append(tag.bytes)
    return writer.bytes
  }
}

/// Which share of a mailbox an entry's senders belong to (C9).
package enum AdmissionClass: UInt8, Hashable, Sendable, CaseIterable {
  case contact = 0
  case request = 1
  case group = 2
  case ownDevices = 3
}

/// What an entry allows (C9), one to four bits.
package struct AdmissionRights: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let put = AdmissionRights(rawValue: 1)
  package static let bundle = AdmissionRights(rawValue: 2)
  package static let blob = AdmissionRights(rawValue: 4)
  package static let tellCollected = AdmissionRights(rawValue: 8)
  /// Every right that this version knows.
  package static let all: AdmissionRights = [.put, .bundle, .blob, .tellCollected]
}

/// One line of a mailbox's admission table (C9), 28 bytes in the layout.
package struct AdmissionEntry: Hashable, Sendable {
  package let hash: AdmissionHash
  /// First day on which the tag admits, ⌊unix seconds / 86 400⌋.
  package let fromDay: UInt32
  /// Last day on which the tag admits.
  package let untilDay: UInt32
  /// How often the tag admits; 0 = without limit.
  package let uses: UInt16
  package let admissionClass: AdmissionClass
  package let rights: AdmissionRights

  /// - Throws: ``WireError/outOfRange(field:)`` for days in the wrong order, and for no or unknown rights.
  package init(
    hash: AdmissionHash, fromDay: UInt32, untilDay: UInt32, uses: UInt16, admissionClass: AdmissionClass,
    rights: AdmissionRights
  ) throws(WireError) {
    guard fromDay <= untilDay else { throw .outOfRange(field: "until_day") }
    guard !rights.isEmpty, AdmissionRights.all.isSuperset(of: rights) else { throw .outOfRange(field: "rights") }
    self.hash = hash
    self.fromDay = fromDay
    self.untilDay = untilDay
    self.uses = uses
    self.admissionClass = admissionClass
    self.rights = rights
  }

  init(_ message: Sotto_Relay_V1_AdmissionEntry) throws(WireError) {
    guard let uses = UInt16(exactly: message.uses) else { throw .outOfRange(field: "uses") }
    guard let number = UInt8(exactly: message.class), let admissionClass = AdmissionClass(rawValue: number) else {
      throw .outOfRange(field: "class")
    }
    guard let rights = UInt8(exactly: message.rights) else { throw .outOfRange(field: "rights") }
    try self.init(
      hash: AdmissionHash(FixedBytes<16>(message.hash, field: "hash")), fromDay: message.fromDay,
      untilDay: message.untilDay, uses: uses, admissionClass: admissionClass,
      rights: AdmissionRights(rawValue: rights))
  }

  var message: Sotto_Relay_V1_AdmissionEntry {
    var message = Sotto_Relay_V1_AdmissionEntry()
    message.hash = hash.bytes.data
    message.fromDay = fromDay
    message.untilDay = untilDay
    message.uses = UInt32(uses)
    message.class = UInt32(admissionClass.rawValue)
    message.rights = UInt32(rights.rawValue)
    return message
  }
}
