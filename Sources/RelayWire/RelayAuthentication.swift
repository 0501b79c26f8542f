package import ByteLayout

/// The relay's own Ed25519 public key, 32 bytes, pinned in the routes of a device list (C1, C14).
package struct RelayKey: Hashable, Sendable {
  package let bytes: FixedBytes<32>
  package init(_ bytes: FixedBytes<32>) { self.bytes = bytes }
}

/// What a relay asks the owners on one connection to sign: 32 fresh random bytes (C14).
package struct RelayChallenge: Hashable, Sendable {
  package let bytes: FixedBytes<32>
  package init(_ bytes: FixedBytes<32>) { self.bytes = bytes }
}

/// What the owner of a mailbox signs to open it (C14).
package enum RelayAuthentication {
  /// The label of Sign(mailbox key, label, body).
  package static let label = "Sotto_RelayAuth_v1"

  /// relayKey(32) ‖ challenge(32) ‖ mailbox(32) ‖ generation u64 ‖ nonce_g(16) ‖ nonce_{g+1}(16), 136 bytes: the *body*.
  ///
  /// The signature is over label ‖ 0x00 ‖ body (C0), which the signing and verifying types add themselves.
  package static func message(
    relayKey: RelayKey, challenge: RelayChallenge, mailbox: MailboxID, generation: UInt64, nonce: FenceNonce,
    nextNonce: FenceNonce
  ) -> [UInt8] {
    var writer = LayoutWriter(capacity: 136)
    writer.append(relayKey.bytes)
    writer.append(challenge.bytes)
    writer.append(mailbox.bytes)
    writer.uint64(generation)
    writer.append(nonce.bytes)
    writer.append(nextNonce.bytes)
    return writer.bytes
  }
}
