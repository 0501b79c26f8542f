package import SecretMemory

/// The ratchet of a session that a transaction works with. It is archived once, however many messages it opens.
package protocol KeptRatchet: AnyObject {
  /// What ``VaultTransaction/setSessionArchive(_:id:)`` takes.
  func archive() throws -> SecretBytes
}
