import ByteLayout
import NIOSSL
import Verification

/// Which public keys the certificates of relays must have, beside being valid: SHA-256 of the key's SubjectPublicKeyInfo.
///
/// A relay that is not in the list needs nothing more than a valid certificate: a node also speaks to its contacts' relays.
package struct TLSPins: Hashable, Sendable {
  private let pins: [String: Set<FixedBytes<32>>]

  /// No pins.
  package init() { pins = [:] }

  /// Reads `HOST:PORT=PIN`, several with commas between them; a relay with more than one may have any of them. A pin is 64
  /// hexadecimal digits.
  ///
  /// - Throws: ``RelayTransportError/malformedPins``.
  package init(_ text: String) throws(RelayTransportError) {
    var pins: [String: Set<FixedBytes<32>>] = [:]
    for item in text.split(separator: ",", omittingEmptySubsequences: !text.contains(",")) {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let address = try? RelayAddress(route: String(parts[0])),
        let bytes = try? Hexadecimal.decode(String(parts[1])), let pin = try? FixedBytes<32>(bytes)
      else { throw .malformedPins }
      pins[address.route, default: []].insert(pin)
    }
    self.pins = pins
  }

  /// - Throws: ``RelayClientError/tls(_:)`` with `wrongKey` when the relay is pinned and this is none of its keys.
  func check(_ leaf: NIOSSLCertificate, of address: RelayAddress) throws(RelayClientError) {
    guard let allowed = pins[address.route] else { return }
    // A key that cannot be read is not the pinned one.
    guard let key = try? leaf.extractPublicKey().toSPKIBytes(), allowed.contains(ContentHash.sha256(key)) else {
      throw .tls(.wrongKey)
    }
  }
}
