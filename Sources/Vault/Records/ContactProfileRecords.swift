import ByteLayout

/// What contacts tell of themselves, as the core encodes it.
extension VaultTransaction {
  /// What a contact has told last; nil when it has told nothing.
  package func contactProfile(contactID: Int64) throws(VaultError) -> [UInt8]? {
    guard let row = try row("SELECT sealed FROM contact_profile WHERE id = ?", [contactID]) else { return nil }
    return try open(try row.blob(0), .contactProfile, contactID) { reader throws(LayoutError) in
      [UInt8](reader.rest())
    }
  }

  /// Keeps what a contact tells, in the place of what it told before.
  package func setContactProfile(_ profile: [UInt8], contactID: Int64) throws(VaultError) {
    let sealed = try seal(.contactProfile, contactID) { $0.append(profile) }
    try execute(
      """
      INSERT INTO contact_profile (id, sealed) VALUES (?, ?)
      ON CONFLICT DO UPDATE SET sealed = excluded.sealed
      """, [contactID, sealed])
  }
}
