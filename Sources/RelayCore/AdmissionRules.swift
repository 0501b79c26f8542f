import ByteLayout
package import RelayWire
import Verification

/// An admission entry as the store has it: what the owner registered, and how often it was used.
package struct AdmissionState: Hashable, Sendable {
  package let entry: AdmissionEntry
  package let used: UInt16

  package init(entry: AdmissionEntry, used: UInt16) {
    self.entry = entry
    self.used = used
  }
}

/// Whom a mailbox admits (C9), as pure functions.
package enum AdmissionRules {
  /// How the relay knows a tag: H("Sotto_Admission_v1", mailbox ‖ tag)[0..16].
  package static func hash(mailbox: MailboxID, tag: AdmissionTag) -> AdmissionHash {
    let digest = ContentHash.labelled(AdmissionHash.label, AdmissionHash.body(mailbox: mailbox, tag: tag))
    return AdmissionHash(digest.prefix())
  }

  /// Whether what was found for a tag admits to `right` on `day`.
  ///
  /// An unknown mailbox and an unknown tag both come as nil, and every no is the same no (R9).
  package static func admits(_ found: AdmissionState?, to right: AdmissionRights, day: UInt32) -> Bool {
    guard let found else { return false }
    let entry = found.entry
    return day >= entry.fromDay && day <= entry.untilDay && entry.rights.isSuperset(of: right)
      && (entry.uses == 0 || found.used < entry.uses)
  }
}
