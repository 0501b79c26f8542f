package import ByteLayout
package import RelayWire

/// The relay's key as a store needs it: to sign checkpoints (C7) and stored receipts (C8).
///
/// A store never holds the key itself, and links no signing code.
package protocol RelaySigner: Sendable {
  /// The public half, as routes pin it.
  var relayKey: RelayKey { get }

  /// Sign(relay, label, body) of C0, 64 bytes; nil if the signing library refuses.
  func signature(label: String, body: [UInt8]) -> FixedBytes<64>?
}
