package import ByteLayout

/// A way to a device: lp8(host ":" port) ‖ relayKey(32) ‖ mailbox(32) (C1).
package struct RelayRoute: Hashable, Sendable {
  /// Where the relay listens.
  package let address: RelayAddress
  /// The relay's signing key, pinned.
  package let relayKey: FixedBytes<32>
  /// The mailbox there, which is its owner's Ed25519 mailbox key.
  package let mailbox: FixedBytes<32>

  package init(address: RelayAddress, relayKey: FixedBytes<32>, mailbox: FixedBytes<32>) {
    self.address = address
    self.relayKey = relayKey
    self.mailbox = mailbox
  }

  /// Takes "host:port", lower-case ASCII.
  package init(host: String, relayKey: FixedBytes<32>, mailbox: FixedBytes<32>) throws(LayoutError) {
    self.init(address: try RelayAddress(validating: host), relayKey: relayKey, mailbox: mailbox)
  }

  /// "host:port".
  package var host: String { address.text }

  /// Whether the route leads to a loopback, private or link-local address; see ``RelayAddress/isLocal``.
  package var isLocal: Bool { address.isLocal }

  init(reading reader: inout LayoutReader) throws(LayoutError) {
    let text = try reader.lengthPrefixed8()
    guard text.allSatisfy({ (33...126).contains($0) }) else { throw .notAllowed(field: "relay address") }
    address = try RelayAddress(validating: String(decoding: text, as: UTF8.self))
    relayKey = try reader.fixed()
    mailbox = try reader.fixed()
  }

  func write(to writer: inout LayoutWriter) throws(LayoutError) {
    try writer.lengthPrefixed8([UInt8](address.text.utf8))
    writer.append(relayKey)
    writer.append(mailbox)
  }
}
