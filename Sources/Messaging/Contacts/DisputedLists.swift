import Ambient
package import ByteLayout
import KeyAgreement
import SealedSender
import Vault
import Verification

/// What became of lists that somebody showed for a contact.
enum ListsVerdict: Hashable, Sendable {
  /// They are pinned now, or are what is pinned, or older.
  case believed
  /// Newer and in order, with other devices, of a contact that was verified: they wait for the user.
  case held
  /// Two lists of one version: both are kept.
  case equivocation
  /// Against the rules of succession, or another account's.
  case refused
}

/// Lists of a contact that are not pinned: a change that waits, or two that prove an equivocation.
///
/// While there are any, nothing is sent to the contact.
struct DisputedLists: Hashable, Sendable {
  /// Newer lists (C1) that wait for a decision; empty for none.
  var pending: [UInt8] = []
  /// The pinned lists and the other ones of the same version; the other one may be a mark of 24 bytes (C5), if no more of it
  /// was ever shown. Empty for none.
  var pinned: [UInt8] = []
  var other: [UInt8] = []

  init() {}

  init(_ bytes: [UInt8]) throws(LayoutError) {
    var reader = LayoutReader(bytes)
    try reader.expect(1, field: "disputed lists version")
    pending = [UInt8](try reader.lengthPrefixed16())
    pinned = [UInt8](try reader.lengthPrefixed16())
    other = [UInt8](try reader.lengthPrefixed16())
    try reader.finish()
  }

  var bytes: [UInt8] {
    get throws(LayoutError) {
      var writer = LayoutWriter()
      writer.uint8(1)
      try writer.lengthPrefixed16(pending)
      try writer.lengthPrefixed16(pinned)
      try writer.lengthPrefixed16(other)
      return writer.bytes
    }
  }
}

/// A decision about a contact's devices that only the user can take.
package struct HeldDevices: Hashable, Sendable {
  package let contact: String
  /// The account has signed two lists of one version: somebody shows different people different devices.
  package let isEquivocation: Bool
  /// The lists that could be accepted, by their hash (C1).
  package let choices: [FixedBytes<32>]
  /// For an equivocation: both lists as they were signed, for whoever is to be shown them.
  package let proof: [[UInt8]]
}

extension Messenger {
  /// Holds lists against the pinned ones: pins, keeps or refuses them.
  func acceptLists(
    _ lists: DeviceLists, _ body: inout ContactBody, contact: Int64, _ transaction: VaultTransaction
  ) throws -> ListsVerdict {
    let pinned = try pinnedLists(body)
    switch DeviceListJudgement.judge(lists, pinned: pinned) {
    case .accept:
      guard let pinned, Self.devices(pinned) != Self.devices(lists) else {
        try pin(lists, contact: contact, &body, transaction)
        return .believed
      }
      if body.isVerified {
        try hold(lists, contact: contact, transaction)
        return .held
      }
      try pin(lists, contact: contact, &body, transaction)
      try appendEvent(
        .identityChanged, contact: contact, count: UInt32(clamping: lists.current.entries.count), transaction)
      return .believed
    case .same, .older: return .believed
    case .equivocation:
      try noteEquivocation(of: contact, pinned: body.lists, other: lists.bytes, transaction)
      return .equivocation
    case .refused, .otherAccount: return .refused
    }
  }

  /// Judges lists that came with something that was dropped, so that what they prove is not dropped with it.
  func judgeLists(_ bytes: [UInt8], contact: Int64, _ transaction: VaultTransaction) throws {
    var (record, body) = try contactAndBody(contact, transaction)
    let lists: DeviceLists
    do throws(KeyAgreementError) {
      lists = try DeviceLists(verifying: bytes, account: try account(body))
    } catch { return }  // they prove nothing
    guard try acceptLists(lists, &body, contact: contact, transaction) == .believed else { return }
    record.body = try body.bytes
    try transaction.updateContact(record)
  }

  private func account(_ body: ContactBody) throws(KeyAgreementError) -> AccountID {
    do throws(LayoutError) { return try AccountID(validating: body.account) } catch { throw .layout(error) }
  }

  /// Keeps both lists as proof, holds what is to be sent, and tells the user, once.
  func noteEquivocation(
    of contact: Int64, pinned: [UInt8], other: [UInt8], _ transaction: VaultTransaction
  ) throws {
    var disputed = try disputedLists(contact, transaction)
    let isNew = disputed.other.isEmpty
    // Whole lists prove more than the mark of some.
    guard isNew || (disputed.other.count <= ListMark.byteCount && other.count > ListMark.byteCount) else { return }
    disputed.pinned = pinned
    disputed.other = other
    try transaction.setDisputedLists(try disputed.bytes, contactID: contact)
    if isNew { try appendEvent(.equivocation, contact: contact, count: 2, transaction) }
  }

  private func hold(_ lists: DeviceLists, contact: Int64, _ transaction: VaultTransaction) throws {
    var disputed = try disputedLists(contact, transaction)
    guard disputed.pending != lists.bytes else { return }
    disputed.pending = lists.bytes
    try transaction.setDisputedLists(try disputed.bytes, contactID: contact)
    try appendEvent(
      .identityChanged, contact: contact, count: UInt32(clamping: lists.current.entries.count), transaction)
  }

  /// Whether nothing goes to the contact until the user has decided.
  func isHeld(contact: Int64, _ transaction: VaultTransaction) throws -> Bool {
    try transaction.disputedLists(contactID: contact) != nil
  }

  private func disputedLists(_ contact: Int64, _ transaction: VaultTransaction) throws -> DisputedLists {
    try transaction.disputedLists(contactID: contact).map { try DisputedLists($0) } ?? DisputedLists()
  }

  /// Which numbers with which keys: what a person means by "the devices".
  private static func devices(_ lists: DeviceLists) -> [UInt32: FixedBytes<32>] {
    Dictionary(lists.current.entries.map { ($0.device.value, $0.deviceKey.bytes) }) { first, _ in first }
  }

  // MARK: - The user decides

  /// What waits for a decision about a contact's devices; nil when nothing does.
  package func heldDevices(contact id: Int64) throws -> HeldDevices? {
    try vault.read { transaction in
      guard try isHeld(contact: id, transaction) else { return nil }
      let (_, body) = try contactAndBody(id, transaction)
      let disputed = try disputedLists(id, transaction)
      return HeldDevices(
        contact: body.name, isEquivocation: !disputed.other.isEmpty,
        choices: try choices(disputed, body).map(\.current.hash),
        proof: disputed.other.isEmpty ? [] : [disputed.pinned, disputed.other])
    }
  }

  /// Takes over the devices that a list names, by its exact hash; what was held goes out.
  ///
  /// - Throws: ``MessagingError/nothingToAccept(_:)``, ``MessagingError/wrongListHash``.
  package func acceptDevices(contact id: Int64, listHash: FixedBytes<32>) throws {
    try vault.write { transaction in
      var (record, body) = try contactAndBody(id, transaction)
      guard try isHeld(contact: id, transaction) else { throw MessagingError.nothingToAccept(body.name) }
      let choices = try choices(try disputedLists(id, transaction), body)
      guard let chosen = choices.first(where: { $0.current.hash == listHash }) else {
        throw MessagingError.wrongListHash
      }
      try pin(chosen, contact: id, &body, transaction)
      record.body = try body.bytes
      try transaction.updateContact(record)
      try transaction.clearDisputedLists(contactID: id)
      for var row in try transaction.outbox(contactID: id) where row.notBeforeMilliseconds > now.milliseconds {
        row.notBeforeMilliseconds = now.milliseconds
        try transaction.updateOutbox(row)
      }
    }
  }

  /// The lists of which one can be accepted: the pending ones, or both of an equivocation.
  private func choices(_ disputed: DisputedLists, _ body: ContactBody) throws -> [DeviceLists] {
    let account = try AccountID(validating: body.account)
    return try [disputed.pending, disputed.pinned, disputed.other].filter { $0.count > ListMark.byteCount }
      .map { try DeviceLists(verifying: $0, account: account) }
  }
}
