package import Primitives

/// This device's medium-term prekey: one bundle, one key pair (Protocol §5.2, C2).
///
/// Rotated weekly; destroyed 45 days after its successor was published.
package struct SignedPrekey: ~Copyable, Sendable {
  /// The bundle that carries it, ascending.
  package let bundleID: UInt32
  package let keyPair: X25519KeyPair

  package init(bundleID: UInt32, keyPair: consuming X25519KeyPair) {
    self.bundleID = bundleID
    self.keyPair = keyPair
  }

  /// Makes a new one from 32 random bytes.
  package init(bundleID: UInt32, from randomness: some Randomness) throws(KeyAgreementError) {
    self.bundleID = bundleID
    do throws(PrimitiveError) { keyPair = try X25519KeyPair(from: randomness) } catch { throw .primitive(error) }
  }
}
