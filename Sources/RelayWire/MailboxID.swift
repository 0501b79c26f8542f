package import ByteLayout

/// The name of a mailbox: its owner's Ed25519 mailbox key, 32 bytes.
package struct MailboxID: Hashable, Sendable {
  package let bytes: FixedBytes<32>
  package init(_ bytes: FixedBytes<32>) { self.bytes = bytes }
}

/// The name of an envelope, 16 random bytes chosen by its sender.
package struct EnvelopeID: Hashable, Sendable {
  package let bytes: FixedBytes<16>
  package init(_ bytes: FixedBytes<16>) { self.bytes = bytes }
}

/// What a sender presents to be admitted to a mailbox, 16 bytes (C9). Its meaning is the nodes' affair.
package struct AdmissionTag: Hashable, Sendable {
  package let bytes: FixedBytes<16>
  package init(_ bytes: FixedBytes<16>) { self.bytes = bytes }
}
