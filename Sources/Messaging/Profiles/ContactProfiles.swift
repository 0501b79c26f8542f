package import MessageContent
import Vault

extension Messenger {
  /// What a contact tells of itself; nil when it has told nothing.
  package func profile(contact id: Int64) throws -> Profile? {
    try vault.read { transaction in try profile(contact: id, transaction) }
  }

  /// What a contact tells of itself: the highest revision holds, whatever the order in which they come.
  func apply(
    _ profile: Profile, encoded: [UInt8], from peer: AuthenticatedPeer, _ transaction: VaultTransaction
  ) throws {
    guard peer.contact.status == ContactStatus.accepted.rawValue else { return try countDropped(transaction) }
    let contact = peer.contact.id
    guard profile.revision > (try self.profile(contact: contact, transaction)?.revision ?? 0) else { return }
    try transaction.setContactProfile(encoded, contactID: contact)
    try appendEvent(.contactUpdated, contact: contact, transaction)
  }

  private func profile(contact: Int64, _ transaction: VaultTransaction) throws -> Profile? {
    try transaction.contactProfile(contactID: contact).map { try Self.profile(in: $0) }
  }

  /// The profile in an encoded Content, which is how it is kept.
  static func profile(in encoded: [UInt8]) throws -> Profile {
    guard case .known(let content) = try ContentCodec.decode(encoded),
      case .control(.profile(let profile)) = content.kind
    else { throw MessagingError.damagedRecord(table: "contact_profile") }
    return profile
  }
}
